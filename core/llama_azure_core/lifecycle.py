"""When a deployed model ends, whoever names the day: the countdown that guardrails, preflight and reports show.

A model has dates of its own (``facts/models.yaml``); as a deployment of a Foundry resource its version and its SKU have
dates too, as the models API lists them (``facts/foundry_catalogue.yaml``).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from llama_azure_core.catalogue import Model, model_reference, what_remains
from llama_azure_core.foundry import FoundryModel, FoundrySku, FoundryVersion, foundry_models

NOTICE_DAYS = 90
"""How many days before a model ends to say so: the notice that Microsoft gives (source S8a)."""


@dataclass(frozen=True, slots=True)
class End:
    """A day from which something is no longer there."""

    subject: str
    """What ends: a model, its version or its SKU."""
    what: str
    """What happens to it, such as ``is retired``."""
    day: dt.date

    def has_come(self, on: dt.date) -> bool:
        """Whether it has ended on a date."""
        return on >= self.day

    def is_near(self, on: dt.date, days: int = NOTICE_DAYS) -> bool:
        """Whether a date is within so many days before it."""
        return on < self.day <= on + dt.timedelta(days=days)

    def told(self, on: dt.date) -> str:
        """Return it as a sentence without its full stop, with the days that are left."""
        left = (self.day - on).days
        days = f"in {left} {'day' if left == 1 else 'days'}" if left > 0 else "that day has come"
        return f"{self.subject} {self.what} on {self.day}, {days}"


def model_ends(model: Model) -> Iterator[End]:
    """Yield the days on which a model is deprecated and retired, as far as somebody names them."""
    lifecycle = model.lifecycle
    if lifecycle.deprecated is not None:
        yield End(model.name, "is deprecated", lifecycle.deprecated)
    if lifecycle.retired is not None:
        yield End(model.name, "is retired", lifecycle.retired)
    elif lifecycle.planned_retirement is not None:
        yield End(model.name, "is retired, as a third party has it,", lifecycle.planned_retirement)


def deployment_ends(row: FoundryModel, version: FoundryVersion, sku: FoundrySku | None) -> Iterator[End]:
    """Yield the days on which a version and a SKU of a model end as a deployment of a Foundry resource."""
    subject = f"Version {version.version} of {row.name}"
    if version.inference_ends is not None:
        yield End(subject, "is retired", version.inference_ends)
    if sku is not None and sku.deprecation is not None:
        yield End(f"{subject} as {sku.name}", "is no longer served", sku.deprecation)


def foundry_model(format_: str, name: str) -> FoundryModel | None:
    """Return the row of the Foundry's catalogue of a format and a name, whatever their case.

    Format Meta is no promise of a name: a model of Meta's need not be called Llama.
    """
    wanted = (format_.casefold(), name.casefold())
    return next(
        (row for row in foundry_models().values() if (row.format.casefold(), row.name.casefold()) == wanted), None
    )


def model_of_row(row: FoundryModel) -> Model | None:
    """Return the model of the catalogue that a row of the Foundry's is, if the catalogue has it."""
    reference = model_reference(row.name)
    return None if reference is None else reference.model


def remedy_at_end(row: FoundryModel, version: FoundryVersion, on: dt.date) -> str:
    """Say what a deployment can move to: what Azure names in its place, and what remains."""
    model = model_of_row(row)
    named = f"Azure names {version.replacement} in its place. " if version.replacement else ""
    return f"{named}{what_remains(model, on)}" if model is not None else named.strip()
