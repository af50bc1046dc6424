"""How a step fails."""


class StepError(Exception):
    """A step cannot do its work, or has found what it looks for; the message says what, where and what to do."""
