"""Virtual machines that serve models."""
