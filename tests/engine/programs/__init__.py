"""Pulumi programs that tests run; each is copied into a project of its own."""
