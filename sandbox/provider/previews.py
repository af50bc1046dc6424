"""What the outputs of a resource will be, as far as that can be known before Azure has answered."""

import copy

from pulumi.runtime.rpc import UNKNOWN

from sandbox.provider.bodies import with_identities
from sandbox.provider.types import Json, ResourceRow


def previewed_creation(row: ResourceRow, inputs: Json) -> Json:
    """Return the outputs of a resource that is not there yet."""
    shaped = with_identities(inputs)
    outputs = copy.deepcopy({name: value for name, value in shaped.items() if name not in row.path_parameters})
    for path in row.computed:
        *outer, last = path.split(".")
        parent = outputs
        for name in outer:
            parent = parent.get(name, {})
        if parent:
            parent[last] = UNKNOWN
    return {**outputs, "name": inputs[row.name_parameter], "azureApiVersion": row.api_version}


def previewed_update(old_outputs: Json, inputs: Json) -> Json:
    """Return the outputs of a resource after an update: what Azure added before, with the new inputs on top."""
    merged = dict(old_outputs)
    for name, value in with_identities(inputs).items():
        old = merged.get(name)
        merged[name] = previewed_update(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
