"""Which VM sizes can serve a model on managed compute.

Facts: ``facts/models.yaml`` (the sizes that the registry's model specifications and Microsoft's
samples name) and ``facts/vm_sizes.yaml``.
"""

import datetime as dt

from llama_azure_core.catalogue import Model
from llama_azure_core.quota import UnknownVmSizeError, VmSize, find_vm_size


def vm_size_problem(model: Model, vm_size: str, on: dt.date) -> str | None:
    """Return why a VM size cannot serve ``model`` on a date, with the sizes that can; ``None`` if it can.

    A size fits when the model's specification lists it, or when it has at least the GPUs and the
    cores of a listed size. Where no list is known, any size that this project knows and that has a GPU fits.
    """
    if model.managed_compute is None:
        return f"{model.name} is not deployed on managed compute: {back_end_hint(model)}"
    try:
        size = find_vm_size(vm_size)
    except UnknownVmSizeError as error:
        return str(error)
    if size.retired is not None and on >= size.retired:
        return f"the VM size {size.name} was retired on {size.retired}"
    if model.managed_compute.vm_sizes_are != "allow-list":
        return None if size.gpus else f"{size.name} is too small for {model.name}: it has no GPU"
    listed = [find_vm_size(name) for name in model.managed_compute.vm_sizes]
    if any(_reaches(size, other) for other in listed):
        return None
    return (
        f"{size.name} is too small for {model.name}: it takes {_sizes(listed)}, or a size with as many GPUs and cores"
    )


def back_end_hint(model: Model) -> str:
    """Say on which back ends a model can be deployed, for messages."""
    back_ends = [
        name
        for name, facts in (
            ("a serverless API", model.serverless),
            ("managed compute", model.managed_compute),
            ("a deployment of a Foundry resource", model.foundry),
        )
        if facts is not None
    ]
    return f"it is offered as {' or '.join(back_ends)}" if back_ends else "no back end offers it"


def _reaches(size: VmSize, other: VmSize) -> bool:
    return size.name == other.name or (size.gpus >= other.gpus and size.cores >= other.cores)


def _sizes(sizes: list[VmSize]) -> str:
    return ", ".join(size.name for size in sizes)
