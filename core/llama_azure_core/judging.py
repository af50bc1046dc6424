"""The date on which a stack is judged, and who may choose another one than today.

``llama-azure:asOf`` lets a stack live on another day: a local Azure's, or a past one that somebody looks back at. In a
cloud of Azure's own it would switch off what is judged by dates, so there it takes a second setting, ``allowAsOf``.
"""

import datetime as dt
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from llama_azure_core.settings.stack import Settings

_METADATA_VARIABLES = ("ARM_CLOUD_METADATA_URL", "ARM_METADATA_HOSTNAME")
_METADATA_KEY = "azure-native:metadataHost"


def is_local_cloud(environ: Mapping[str, str], config: Mapping[str, Any]) -> bool:
    """Whether the Azure that is meant is described by this very machine; the real ones are not.

    Args:
        environ: the environment's variables, of which the cloud's metadata is looked at.
        config: the stack's configuration by full key.
    """
    named = [environ.get(name) for name in _METADATA_VARIABLES] + [config.get(_METADATA_KEY)]
    hosts = [_host(str(one)) for one in named if one]
    return bool(hosts) and all(map(_is_loopback, hosts))


def other_date_problem(
    settings: Settings, environ: Mapping[str, str], config: Mapping[str, Any], today: dt.date | None = None
) -> str | None:
    """Return why a stack cannot be judged on its own date; ``None`` where it can."""
    day = today or dt.date.today()
    if settings.as_of == day or settings.allow_as_of or is_local_cloud(environ, config):
        return None
    return (
        f"{settings.as_of} is not today, {day}, and this is a cloud of Azure's own: remove asOf, or set "
        "llama-azure:allowAsOf to look back (preflight and the guardrails then judge by today as well)"
    )


def _host(text: str) -> str:
    try:
        return urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
