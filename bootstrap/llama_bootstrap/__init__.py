"""What the pipelines need in Azure before they can run."""
