"""A gateway in front of a stack's endpoints: what its proxy and Azure ask (``facts/gateway.yaml``)."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from llama_azure_core._facts import load_facts

_KEY_BYTES = 32


@cache
def gateway_facts(section: str) -> Mapping[str, Any]:
    """Return a section of the facts: proxy, keys, containerApps, keyVault, postgres, redis or apiManagement."""
    facts: Mapping[str, Any] = load_facts("gateway")[section]
    return facts


def new_key(random_text: Callable[[int], str]) -> str:
    """Return a new key for the proxy, of 256 bits.

    Args:
        random_text: returns a random text of as many bytes as it is told, such as :func:`secrets.token_urlsafe`.
    """
    return f"{gateway_facts('keys')['prefix']}{random_text(_KEY_BYTES)}"


def team_secret(team: str) -> str:
    """Return the name of the secret that holds a team's key."""
    return f"gateway-team-{team}"


def next_secret(secret: str) -> str:
    """Return what holds the key that is to follow, by the name or the id of the secret that holds a team's key."""
    return f"{secret}-next"


def postgres_tier(sku: str) -> str:
    """Return the tier of a flexible server's SKU: ``Standard_B2s`` is Burstable.

    Raises:
        ValueError: the SKU is of none of the three families.
    """
    family = re.fullmatch(r"Standard_([BDE])\w+", sku)
    if family is None:
        raise ValueError(f"{sku!r} is no SKU of a PostgreSQL flexible server: it begins with Standard_B, _D or _E")
    return {"B": "Burstable", "D": "GeneralPurpose", "E": "MemoryOptimized"}[family[1]]


def image_name_problem(image: str) -> str | None:
    """Return why a text names no image; ``None`` where it does."""
    if re.fullmatch(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?", image):
        return None
    return f"{image!r} is no image: write registry/repository:tag, or registry/repository@sha256: and its digest"


def image_problem(image: str) -> str | None:
    """Return what speaks against an image in production; ``None`` where it is pinned by its digest."""
    if re.fullmatch(r"[^@\s]+@sha256:[0-9a-f]{64}", image):
        return None
    return f"{image} names no digest: whoever may move its tag changes what runs"
