"""What the models API answers: the models that a region lists, each version with its SKUs, counters and days.

``GET …/providers/Microsoft.CognitiveServices/locations/{location}/models`` (source S200). What it says is read as it
stands: no name of a counter and no version is made of a model's name here.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from llama_azure_core.foundry import SkuCapacity, account_facts
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, api_version

MODELS_API_VERSION = api_version(AI_SERVICES_ACCOUNT)
PROVIDER = AI_SERVICES_ACCOUNT.partition("/")[0]


class _Answered(BaseModel):
    """A part of Azure's answer: more may stand there than is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class ListedCapacity(_Answered):
    """How many units a deployment may have, where Azure says it."""

    minimum: int | None = None
    maximum: int | None = None
    step: int | None = None
    default: int | None = None

    def as_facts(self) -> SkuCapacity:
        """Return it with what Azure leaves out: at least one unit, in steps of one."""
        least = self.minimum if self.minimum is not None else 1
        return SkuCapacity(minimum=least, maximum=self.maximum, step=self.step or 1, default=self.default or least or 1)


class ListedRate(_Answered):
    """What a unit of capacity lets callers send, by what is counted."""

    key: str
    count: float
    renewal_period: float = 60


class ListedSku(_Answered):
    """A SKU of a version."""

    name: str
    usage_name: str = ""
    """The counter's name; empty where Azure names none."""
    deprecation_date: dt.datetime | None = None
    capacity: ListedCapacity = Field(default_factory=ListedCapacity)
    rate_limits: tuple[ListedRate, ...] | None = None

    def per_minute(self, key: str) -> int:
        """Return how much a unit lets callers send in a minute of ``token`` or ``request``; 0 where Azure says none."""
        found = next((one for one in self.rate_limits or () if one.key.casefold() == key), None)
        return 0 if found is None or not found.renewal_period else round(found.count * 60 / found.renewal_period)


class ListedDeprecation(_Answered):
    """When calls to a version fail."""

    inference: dt.datetime | None = None


class ListedReplacement(_Answered):
    """What Azure deploys in a version's place."""

    target_model_name: str | None = None
    target_model_version: str | None = None


class ListedModel(_Answered):
    """A version of a model, as a region lists it."""

    format: str
    name: str
    version: str
    is_default_version: bool = False
    lifecycle_status: str = ""
    deprecation: ListedDeprecation | None = None
    replacement_config: ListedReplacement | None = None
    skus: tuple[ListedSku, ...] | None = None

    def sku(self, name: str) -> ListedSku | None:
        """Return the SKU of a name, whatever its case."""
        return next((one for one in self.skus or () if one.name.casefold() == name.casefold()), None)

    @property
    def inference_ends(self) -> dt.date | None:
        """The day from which calls fail, where Azure names one."""
        ends = None if self.deprecation is None else self.deprecation.inference
        return None if ends is None else ends.date()

    def is_model(self, format_: str, name: str) -> bool:
        """Whether it is a version of the model of a format and a name, whatever their case."""
        return (self.format.casefold(), self.name.casefold()) == (format_.casefold(), name.casefold())


def models_path(subscription: str, region: str) -> str:
    """Return the path of a region's list."""
    return f"/subscriptions/{subscription}/providers/{PROVIDER}/locations/{region}/models"


def read_models(rows: Iterable[Any]) -> tuple[ListedModel, ...]:
    """Return the models of Foundry resources that an answer's rows list, each version once.

    Raises:
        ValueError: a row is not one of the models API.
    """
    kind = account_facts().kind.casefold()
    found = {}
    for row in rows:
        if not isinstance(row, dict):
            raise ValueError(f"a row of the models API is no object: {row!r:.80}")  # noqa: TRY004 - Azure's, not a caller's
        if str(row.get("kind") or kind).casefold() == kind:
            one = ListedModel.model_validate(row.get("model"))
            found[one.format, one.name, one.version] = one
    return tuple(found.values())
