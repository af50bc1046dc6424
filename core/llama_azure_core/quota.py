"""Core quota of managed compute: what a deployment takes, beside what is idle for upgrades.

Facts: ``facts/vm_sizes.yaml`` and ``facts/limits.yaml``.
"""

import datetime as dt
import difflib
import math
from fractions import Fraction
from functools import cache

from llama_azure_core._facts import load_facts
from llama_azure_core.frozen import Frozen


class UnknownVmSizeError(ValueError):
    """No VM size of that name is known; the message names the nearest ones."""


class VmSize(Frozen):
    """A virtual machine size."""

    name: str
    family: str
    """The quota family, as Azure Machine Learning spells it."""
    gpus: int
    cores: int
    skips_upgrade_reserve: bool | None
    """Whether Azure reserves nothing for upgrades; ``None`` where that is not known."""
    retired: dt.date | None = None
    infiniband: bool = False


@cache
def vm_sizes() -> dict[str, VmSize]:
    """Return the VM sizes that this project knows, by name in lower case."""
    return {name.casefold(): VmSize(name=name, **row) for name, row in load_facts("vm_sizes")["sizes"].items()}


def find_vm_size(name: str) -> VmSize:
    """Return the VM size of a name, whatever its case.

    Raises:
        UnknownVmSizeError: none is known by that name.
    """
    found = vm_sizes().get(name.casefold())
    if found is None:
        near = difflib.get_close_matches(name.casefold(), vm_sizes(), n=3)
        hint = f" Did you mean {', '.join(vm_sizes()[key].name for key in near)}?" if near else ""
        raise UnknownVmSizeError(f"No VM size named {name!r} is known.{hint}")
    return found


def cores_needed(size: VmSize, instances: int) -> int:
    """Return the quota, in cores of the size's family, that a deployment of so many instances takes.

    Azure ML keeps a fifth of the instances, rounded up, free for upgrades, unless the size is exempt:
    one instance of a size that is not takes the quota of two.
    """
    reserve = (
        Fraction(0) if size.skips_upgrade_reserve else Fraction(str(load_facts("limits")["quota"]["upgradeReserve"]))
    )
    return math.ceil((1 + reserve) * instances) * size.cores
