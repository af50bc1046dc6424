"""What `make` runs to keep generated files up to date."""
