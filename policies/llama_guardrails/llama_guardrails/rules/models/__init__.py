"""Which models are deployed, and how often."""
