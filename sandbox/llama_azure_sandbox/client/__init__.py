"""Clients of the sandbox's own routes."""
