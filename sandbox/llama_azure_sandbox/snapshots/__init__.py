"""Keeping a sandbox's state aside: as a named copy of the whole, or as a readable file to share and compare."""
