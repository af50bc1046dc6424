"""The date on which models and regions are judged."""

import datetime as dt

import pulumi


def judging_date() -> dt.date:
    """Return the stack's ``llama-azure:asOf``, or today where the stack does not say."""
    as_of = pulumi.Config("llama-azure").get("asOf")
    return dt.date.fromisoformat(as_of) if as_of else dt.date.today()
