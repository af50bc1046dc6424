"""The Meta Llama models of Azure: what they are, where and until when they are offered.

Everything is judged on a date. A region table is a snapshot of Microsoft's
documentation; the snapshot in force on a date is the newest one not after it
that mentions the model. Facts: ``facts/models.yaml`` and ``facts/regions.yaml``.
"""

import datetime as dt
import difflib
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal

from pydantic import Field

from llama_azure_core._facts import load_facts
from llama_azure_core.foundry import foundry_models
from llama_azure_core.frozen import Frozen
from llama_azure_core.regions import normalise_region

REGISTRY_PREFIX = "azureml://registries/azureml-meta/models/"
_MICROSOFT_REGISTRY = "azureml://registries/azureml/"


class UnknownModelError(ValueError):
    """No model of the catalogue has this name; the message names the nearest ones."""


class BackEnd(StrEnum):
    """Where a model runs. The value is an endpoint's ``kind`` in the stack's outputs."""

    SERVERLESS = "serverless"
    """A serverless API of a project in a hub."""
    MANAGED = "managed"
    """An online endpoint on managed compute, of a project in a hub."""
    FOUNDRY = "foundry"
    """A deployment of a Foundry resource."""


class Api(StrEnum):
    """The API that a deployed model answers."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    SCORE = "score"


class ServerlessFacts(Frozen):
    """Where a model is offered as a serverless API."""

    regions: dict[str, tuple[str, ...]]
    """ARM region names by snapshot id; empty where the snapshot does not list the model."""
    fine_tune_regions: tuple[str, ...] = ()
    source: tuple[str, ...]
    note: str = ""


class MarketplaceFacts(Frozen):
    """The Azure Marketplace offer behind a serverless model. Azure returns it; nobody sends it."""

    publisher_id: str
    offer_id: str
    plan_id: str | None
    source: tuple[str, ...]
    confidence: str


class ManagedComputeFacts(Frozen):
    """What is known of a model on managed online endpoints."""

    vm_sizes: tuple[str, ...]
    vm_sizes_are: Literal["allow-list", "example", "unknown"]
    min_instances: int
    shared_quota: bool = False
    source: tuple[str, ...]
    confidence: str


class LifecycleFacts(Frozen):
    """The dates from which a model is legacy, deprecated (no new deployment) and retired (calls fail)."""

    legacy: dt.date | None = None
    deprecated: dt.date | None = None
    retired: dt.date | None = None
    planned_retirement: dt.date | None = None
    """A third party's date; Microsoft's schedule shows none."""
    replacement: str | None = None
    source: tuple[str, ...] = ()
    note: str = ""


class FoundryFacts(Frozen):
    """Which row of the Foundry's catalogue (``facts/foundry_catalogue.yaml``) is the model."""

    name: str
    format: str
    source: tuple[str, ...]


class Model(Frozen):
    """One row of the catalogue."""

    name: str
    family: str
    api: Api
    registry_model_id: str
    registry_version: str | None
    """The newest version seen in the registry; managed compute needs one, serverless takes none."""
    context_tokens: int | None
    serverless: ServerlessFacts | None = None
    marketplace: MarketplaceFacts | None = None
    managed_compute: ManagedComputeFacts | None = None
    lifecycle: LifecycleFacts = Field(default_factory=LifecycleFacts)
    foundry: FoundryFacts | None = None
    takes_images: bool = False
    """Whether prompts may hold images."""

    def can_replace(self, other: "Model") -> bool:
        """Whether it can do another model's job: a classifier a classifier's, with images where that one takes them."""
        same = self.api is other.api and self.is_classifier is other.is_classifier
        return same and (self.takes_images or not other.takes_images) and self.name != other.name

    @property
    def is_classifier(self) -> bool:
        """Whether it judges texts and answers none: it replaces no model that chats."""
        return self.family.startswith("Llama Guard")

    @property
    def needs_subscription(self) -> bool:
        """Whether a project must subscribe to a Marketplace offer before it deploys the model as a serverless API.

        Models of Microsoft's own registry need none; Meta's do (source S3, S53).
        """
        return self.serverless is not None and not self.registry_model_id.startswith(_MICROSOFT_REGISTRY)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a model can be deployed as a serverless API in one region on one date."""

    model: str
    region: str
    on: dt.date
    regions: tuple[str, ...]
    """The regions that offer the model on that date, sorted; empty when none does."""
    refusal: str | None
    """Why not, for a person to read; ``None`` when the model can be deployed."""

    @property
    def is_offered(self) -> bool:
        """Whether nothing speaks against the deployment."""
        return self.refusal is None


@cache
def all_models() -> tuple[Model, ...]:
    """Return every model of the catalogue, in the catalogue's order."""
    return tuple(Model.model_validate(row) for row in load_facts("models"))


@cache
def _models_by_name() -> dict[str, Model]:
    return {model.name.casefold(): model for model in all_models()}


def find_model(name: str) -> Model:
    """Return the model called ``name``, whatever its case; it may be one of :func:`foundry_only_models`.

    Raises:
        UnknownModelError: no model has that name.
    """
    models = {model.name.casefold(): model for model in foundry_only_models()} | _models_by_name()
    found = models.get(name.casefold())
    if found is None:
        # Whoever leaves off `-Instruct` means a model of that beginning, however much else looks alike.
        begun = [key for key in models if name and key.startswith(name.casefold())]
        near = dict.fromkeys([*begun, *difflib.get_close_matches(name.casefold(), models, n=3, cutoff=0.4)])
        hint = f" Did you mean {', '.join(models[key].name for key in [*near][:3])}?" if near else ""
        raise UnknownModelError(f"The catalogue has no model named {name!r}.{hint}")
    return found


def foundry_only_models() -> tuple[Model, ...]:
    """Return the models that only the Foundry's catalogue lists: chat models of which no more is known.

    ``refresh-catalogue`` brings them, whatever they are called: a model of the format Meta need not be a Llama.
    """
    known = _models_by_name()
    return tuple(
        Model(
            name=row.name,
            family="",
            api=Api.CHAT,
            registry_model_id=f"{REGISTRY_PREFIX}{row.name}",
            registry_version=None,
            context_tokens=None,
            foundry=FoundryFacts(name=row.name, format=row.format, source=row.source),
        )
        for row in foundry_models().values()
        if row.name.casefold() not in known
    )


def model_of_registry_id(model_id: str) -> Model | None:
    """Return the model that a registry id names, with or without ``/versions/N``; ``None`` for a stranger's.

    ``azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct`` names Meta-Llama-3-8B-Instruct.
    """
    if not model_id.casefold().startswith(REGISTRY_PREFIX):
        return None
    name = model_id[len(REGISTRY_PREFIX) :].split("/", maxsplit=1)[0]
    return _models_by_name().get(name.casefold())


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model's id taken apart, whichever of Azure's spellings it has."""

    name: str
    registry: str | None = None
    """The registry that it lies in; ``None`` for a workspace's own model, and where only a name is given."""
    workspace: bool = False
    """Whether the id says that it lies in a workspace."""
    version: str | None = None
    """The version or the label, where one is given."""

    @property
    def model(self) -> Model | None:
        """The catalogue's model of that name, unless another registry's or a workspace's own bears it."""
        if self.workspace or self.registry not in (None, META_REGISTRY):
            return None
        return _models_by_name().get(self.name.casefold())

    @property
    def is_unknown_of_meta(self) -> bool:
        """Whether Meta's registry is named with a model that the catalogue does not have."""
        return self.registry == META_REGISTRY and self.model is None


META_REGISTRY = "azureml-meta"
"""The registry of Meta's models."""
_MODEL_END = r"/models/(?P<name>[^/@:]+)(?:/(?:versions|labels)/(?P<version>[^/]+))?/?"
_MODEL_ID = re.compile(rf"(?:azureml:/)?(?:/.*)?/registries/(?P<registry>[^/]+){_MODEL_END}", re.IGNORECASE)
_WORKSPACE_MODEL_ID = re.compile(rf"(?:azureml:/)?/.*workspaces/[^/]+{_MODEL_END}", re.IGNORECASE)
_SHORT_MODEL_ID = re.compile(r"(?:azureml:)?(?P<name>[^/@:\s]+)(?:[:@](?P<version>[^/@:\s]+))?", re.IGNORECASE)


def model_reference(model_id: str) -> ModelReference | None:
    """Take a model's id apart; ``None`` where it has none of the spellings that Azure Machine Learning knows.

    Those are an id of a registry (``azureml://registries/…``, also as a path), one of a workspace
    (``azureml://locations/…/workspaces/…``), and the short ones ``azureml:name:version``, ``name:version`` and ``name``
    (source S12, S29). Blanks around it and the case of its fixed parts do not count.
    """
    text = model_id.strip()
    if found := _MODEL_ID.fullmatch(text):
        return ModelReference(found["name"], registry=found["registry"].casefold(), version=found["version"])
    if found := _WORKSPACE_MODEL_ID.fullmatch(text):
        return ModelReference(found["name"], workspace=True, version=found["version"])
    if found := _SHORT_MODEL_ID.fullmatch(text):
        return ModelReference(found["name"], version=found["version"])
    return None


class UnknownSnapshotError(ValueError):
    """No snapshot of the region tables has this name; the message lists those there are."""


def snapshot_date(snapshot: str) -> dt.date:
    """Return the day from which a named snapshot of the region tables was in force.

    Raises:
        UnknownSnapshotError: there is none of that name.
    """
    snapshots = load_facts("regions")["snapshots"]
    if snapshot not in snapshots:
        raise UnknownSnapshotError(
            f"No snapshot of the region tables is named {snapshot!r}: use {', '.join(snapshots)}"
        )
    day: dt.date = snapshots[snapshot]["from"]
    return day


def serverless_regions(model: Model, on: dt.date) -> tuple[str, ...]:
    """Return the ARM names of the regions whose hubs offer ``model`` as a serverless API on ``on``, sorted.

    Lifecycle dates are not looked at: see :func:`serverless_availability`. The tables of a named
    snapshot are those of its :func:`snapshot_date`.
    """
    found = snapshot_in_force(model, on)
    return () if found is None or model.serverless is None else tuple(sorted(model.serverless.regions[found[0]]))


def snapshot_in_force(model: Model, on: dt.date) -> tuple[str, dt.date] | None:
    """Return the snapshot of the region tables that tells where a model is offered on a date, and its own date."""
    snapshots = () if model.serverless is None else model.serverless.regions
    dated = [(one, day) for one in snapshots if (day := snapshot_date(one)) <= on]
    return max(dated, key=lambda entry: entry[1], default=None)


def serverless_availability(model: Model, region: str, on: dt.date, regions_on: dt.date | None = None) -> Availability:
    """Judge whether ``model`` can be newly deployed as a serverless API in ``region`` on ``on``.

    ``region`` may be an ARM name or a display name. ``regions_on`` takes the region tables of
    another day, such as a named snapshot's; lifecycle is judged on ``on`` all the same. Quota,
    permissions and the billing country are not judged.
    """
    place = normalise_region(region)
    regions = serverless_regions(model, regions_on or on)
    refusal = lifecycle_refusal(model, on)
    if refusal is None and not regions:
        refusal = f"{model.name} is not offered as a serverless API on {regions_on or on}"
    elif refusal is None and place not in regions:
        refusal = f"{model.name} is not offered as a serverless API in {place} on {regions_on or on}"
    return Availability(model=model.name, region=place, on=on, regions=regions, refusal=refusal)


def lifecycle_refusal(model: Model, on: dt.date) -> str | None:
    """Return why a model's age forbids a new deployment on a date, with what remains; ``None`` if it does not."""
    lifecycle = model.lifecycle
    if lifecycle.retired is not None and on >= lifecycle.retired:
        refusal = f"{model.name} was retired on {lifecycle.retired}"
    elif lifecycle.deprecated is not None and on >= lifecycle.deprecated:
        refusal = f"{model.name} is deprecated since {lifecycle.deprecated}: no new deployments"
    else:
        return None
    if lifecycle.replacement:
        has_ended = _has_ended(find_model(lifecycle.replacement), on)
        refusal += f"; Microsoft names {lifecycle.replacement} as its replacement"
        refusal += ", which has ended too" if has_ended else ""
    return f"{refusal}. {what_remains(model, on)}"


def what_remains(model: Model, on: dt.date) -> str:
    """Say which models can do the job of one on a date, and where."""
    remaining = "; ".join(
        f"{other.name} ({', '.join(ends)})"
        for other, ends in remaining_models(on, model.api)
        if other.can_replace(model)
    )
    return f"What remains on {on}: {remaining or 'nothing'}"


def remaining_models(on: dt.date, api: Api | None = None) -> tuple[tuple[Model, tuple[BackEnd, ...]], ...]:
    """Return the models that a hub or a Foundry resource still offers on a date, each with its back ends.

    A model whose end has passed is none of them, whoever named the date. Managed compute has no table of its own: see
    :mod:`llama_azure_core.managed_compute`.
    """
    return tuple(
        (model, ends)
        for model in all_models()
        if (api is None or model.api is api)
        and not _has_ended(model, on)
        and not (model.lifecycle.planned_retirement and on >= model.lifecycle.planned_retirement)
        and (ends := back_ends(model, on))
    )


def _has_ended(model: Model, on: dt.date) -> bool:
    ends = (model.lifecycle.deprecated, model.lifecycle.retired)
    return any(end is not None and on >= end for end in ends)


def back_ends(model: Model, on: dt.date) -> tuple[BackEnd, ...]:
    """Return the back ends whose tables offer a model on a date, the one first that new deployments should take.

    Managed compute is none of them: it has no table. Lifecycle dates are looked at.
    """
    if _has_ended(model, on):
        return ()
    # No table dates the Foundry deployments; the first one read is of the snapshot below.
    foundry = (BackEnd.FOUNDRY,) if model.foundry is not None and on >= snapshot_date("nov-2025") else ()
    serverless = (BackEnd.SERVERLESS,) if serverless_regions(model, on) else ()
    return foundry + serverless
