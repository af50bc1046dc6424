"""What the outputs of a resource will be, as far as that can be known before Azure has answered."""

from llama_azure_sandbox.provider.bodies import with_identities
from llama_azure_sandbox.provider.shapes import outputs_of, previewed
from llama_azure_sandbox.provider.types import Json, ResourceRow


def previewed_creation(row: ResourceRow, inputs: Json) -> Json:
    """Return the outputs of a resource that is not there yet: its inputs, and nothing else, not even its name."""
    return previewed(outputs_of(row.token), with_identities(inputs))


def previewed_update(row: ResourceRow, old_outputs: Json, inputs: Json) -> Json:
    """Return the outputs of a resource after an update: its inputs, and of the old outputs what never changes."""
    kept: Json = {name: old_outputs[name] for name in ("name", "location") if name in old_outputs}
    return {**previewed_creation(row, inputs), **kept}
