"""The one error of the report."""


class ReportError(Exception):
    """The stack could not be judged; the message says why and what to do."""
