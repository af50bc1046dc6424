"""Sign-in: managed identity and access tokens."""
