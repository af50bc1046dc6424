"""Faults on request: what a cloud does to its clients on a bad day, chosen by rules."""
