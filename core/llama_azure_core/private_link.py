"""Private endpoints: what of a resource they lead to, and the DNS zones that it takes (``facts/private_link.yaml``)."""

from functools import cache

from llama_azure_core._facts import load_facts


def subresources(resource_type: str) -> tuple[str, ...]:
    """Return what of a type private endpoints lead to, such as ``blob``; nothing of a type that has none."""
    return tuple(_zones().get(resource_type.casefold(), {}))


def dns_zones(resource_type: str, subresource: str) -> tuple[str, ...]:
    """Return the private DNS zones in which the names of what is reached are resolved.

    Raises:
        KeyError: no private endpoint leads to that.
    """
    return _zones()[resource_type.casefold()][subresource]


@cache
def _zones() -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        kind.casefold(): {name: tuple(zones) for name, zones in rows.items()}
        for kind, rows in load_facts("private_link").items()
    }
