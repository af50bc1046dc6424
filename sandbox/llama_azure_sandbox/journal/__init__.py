"""The journal: who asked for what, and how it was answered. Never a body, a key or a token."""
