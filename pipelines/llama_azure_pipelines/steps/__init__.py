"""The steps of the pipelines, one file each."""
