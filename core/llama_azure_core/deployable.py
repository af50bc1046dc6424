"""What can be deployed on a date: each model with each back end that takes it, where, how and until when.

The tables that are read here are those that settings, rules and preflight judge by; where none tells, that is said.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llama_azure_core.catalogue import (
    BackEnd,
    ManagedComputeFacts,
    Model,
    all_models,
    back_ends,
    lifecycle_refusal,
    serverless_regions,
    snapshot_in_force,
)
from llama_azure_core.foundry import catalogue_date, foundry_models
from llama_azure_core.lifecycle import End, deployment_ends, model_ends
from llama_azure_core.managed_compute import vm_size_problem
from llama_azure_core.quota import vm_sizes


@dataclass(frozen=True, slots=True)
class Deployable:
    """A model that can be newly deployed on a back end."""

    model: Model
    back_end: BackEnd
    regions: tuple[str, ...] | None = None
    """The ARM names of the regions that offer it, sorted; ``None`` on managed compute, of which no table tells: there
    it is wherever the subscription has quota for a VM size."""
    version: str | None = None
    """What is deployed where no version is given; ``None`` of a serverless API, which takes none."""
    skus: tuple[str, ...] = ()
    """Of a Foundry resource: the ways to pay for that version."""
    vm_sizes: tuple[str, ...] = ()
    """Of managed compute: the VM sizes that can serve it on that date, smallest first, by its specification, or else
    those of Microsoft's samples; empty where neither is known, and then any size with a GPU is taken."""
    ends: tuple[End, ...] = ()
    """The days on which it ends as a deployment there, as far as somebody names them, earliest first."""
    read_on: dt.date | None = None
    """The day of the table that says so; ``None`` where there is none."""

    @property
    def end(self) -> End | None:
        """The first of the days on which it ends; ``None`` where nobody names one."""
        return self.ends[0] if self.ends else None


def deployable(on: dt.date, regions_on: dt.date | None = None) -> tuple[Deployable, ...]:
    """Return everything that can be newly deployed on a date, in the catalogue's order.

    Args:
        on: the date on which models are judged.
        regions_on: the date of the region tables, where it is another.
    """
    return tuple(row for model in all_models() for row in _of(model, on, regions_on or on))


def _of(model: Model, on: dt.date, regions_on: dt.date) -> Iterator[Deployable]:
    if lifecycle_refusal(model, on) is not None:
        return
    row = None if model.foundry is None else foundry_models().get(model.foundry.name)
    if row is not None and BackEnd.FOUNDRY in back_ends(model, on):
        default = row.default_version
        yield Deployable(
            model,
            BackEnd.FOUNDRY,
            regions=tuple(sorted({region for sku in default.skus for region in sku.regions})),
            version=default.version,
            skus=tuple(sku.name for sku in default.skus),
            ends=_in_order(
                [*model_ends(model), *(end for sku in default.skus for end in deployment_ends(row, default, sku))]
            ),
            read_on=catalogue_date(),
        )
    if regions := serverless_regions(model, regions_on):
        table = snapshot_in_force(model, regions_on)
        yield Deployable(
            model,
            BackEnd.SERVERLESS,
            regions=regions,
            ends=_in_order(model_ends(model)),
            read_on=None if table is None else table[1],
        )
    if model.managed_compute is not None:
        yield Deployable(
            model,
            BackEnd.MANAGED,
            version=model.registry_version,
            vm_sizes=_vm_sizes(model, model.managed_compute, on),
            ends=_in_order(model_ends(model)),
        )


def _vm_sizes(model: Model, facts: ManagedComputeFacts, on: dt.date) -> tuple[str, ...]:
    by_size = [size.name for size in sorted(vm_sizes().values(), key=lambda size: (size.gpus, size.cores))]
    fitting = [name for name in by_size if vm_size_problem(model, name, on) is None]
    named = fitting if facts.vm_sizes_are == "allow-list" else [name for name in fitting if name in facts.vm_sizes]
    return tuple(named)


def _in_order(ends: Iterable[End]) -> tuple[End, ...]:
    return tuple(sorted(dict.fromkeys(ends), key=lambda end: end.day))
