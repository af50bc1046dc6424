"""What providers ask of the SKU and the kind of a resource; the values are those of the generated clients."""

from collections.abc import Collection

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.store import Json


def require_sku(body: Json, names: Collection[str]) -> None:
    """Refuse a body without a SKU, or with one that the type does not have.

    Raises:
        ArmError: 400; which code each provider has could not be verified.
    """
    sku = body.get("sku")
    name = sku.get("name") if isinstance(sku, dict) else None
    if name is None:
        raise ArmError(400, "InvalidRequestPropertyValue", f"The sku.name is required: give one of {_list(names)}.")
    if str(name).lower() not in {one.lower() for one in names}:
        raise ArmError(
            400,
            "InvalidRequestPropertyValue",
            f"The value '{name}' is not allowed for property sku.name. It must be one of {_list(names)}.",
        )


def require_one_of(body: Json, name: str, values: Collection[str], code: str = "InvalidRequestPropertyValue") -> None:
    """Refuse a value that is none of those that a property takes; leaving it out is fine.

    Raises:
        ArmError: 400.
    """
    given = body.get(name)
    if given is not None and str(given).lower() not in {one.lower() for one in values}:
        raise ArmError(
            400, code, f"The value '{given}' is not allowed for property {name}. It must be one of {_list(values)}."
        )


def _list(values: Collection[str]) -> str:
    return ", ".join(values)
