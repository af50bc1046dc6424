"""How data at rest is kept."""
