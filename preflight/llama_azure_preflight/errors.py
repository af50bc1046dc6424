"""Why preflight cannot run at all."""


class PreflightError(Exception):
    """Nothing could be asked: the settings cannot be read, or nobody could sign in. Exit code 3."""
