"""What of a stack's settings holds in a sandbox alone: the date on which it is judged, and principals of examples.

``llama-azure:asOf`` lets a stack live on another day: a local Azure's, or a past one that somebody looks back at. In a
cloud of Azure's own it would switch off what is judged by dates, so there it takes a second setting, ``allowAsOf``.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from llama_azure_core.catalogue import snapshot_date
from llama_azure_core.engine_values import NAMESPACE, from_json, raw_values, to_date
from llama_azure_core.principals import example_problem, placeholder_problem, principals

if TYPE_CHECKING:
    from llama_azure_core.settings import Settings

_METADATA_VARIABLES = ("ARM_CLOUD_METADATA_URL", "ARM_METADATA_HOSTNAME")
_METADATA_KEY = "azure-native:metadataHost"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a stack's configuration says of how it is judged, whatever else of it is wrong or missing."""

    as_of: dt.date | None = None
    region_snapshot: str | None = None
    deployers: tuple[tuple[str, bool], ...] = ()
    """Of each the object id, and whether they may subscribe to offers."""
    problems: tuple[str, ...] = ()
    """What cannot be used: it counts as not said."""


def stated(config: Mapping[str, Any]) -> Stated:
    """Return what a configuration says of how the stack is judged.

    Unlike :func:`parse_settings` it takes the configuration of any program, and wrong values do not end it.

    Args:
        config: values by full key, as the engine hands them over or a stack's file has them.
    """
    values = raw_values(config)
    problems: list[str] = []

    def usable(key: str, read: Callable[[Any], Any]) -> Any:
        if values.get(key) is None:
            return None
        try:
            return read(values[key])
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            problems.append(f"{NAMESPACE}:{key}: {error}")
            return None

    return Stated(
        as_of=usable("asOf", to_date),
        region_snapshot=usable("regionSnapshot", _snapshot),
        deployers=usable("deployers", _deployers) or (),
        problems=tuple(problems),
    )


def _snapshot(name: Any) -> str:
    snapshot_date(name)
    return str(name)


def _deployers(value: Any) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (str(one["principalId"]), str(one.get("maySubscribe", True)).lower() != "false")
        for one in from_json(value).values()
    )


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
    settings: "Settings", environ: Mapping[str, str], config: Mapping[str, Any], today: dt.date | None = None
) -> str | None:
    """Return why a stack cannot be judged on its own date; ``None`` where it can."""
    day = today or dt.date.today()
    if settings.as_of == day or settings.allow_as_of or is_local_cloud(environ, config):
        return None
    return (
        f"{settings.as_of} is not today, {day}, and this is a cloud of Azure's own: remove asOf, or set "
        "llama-azure:allowAsOf to look back (preflight and the guardrails then judge by today as well)"
    )


def judged_principals(config: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Return by the place of each principal in a stack's settings why it is nobody in the cloud that is meant.

    The reason is empty for one that may be somebody.

    Args:
        config: the stack's configuration by full key.
        environ: the environment's variables.
    """
    from llama_azure_core.settings.parsing import settings_values  # here: the policy pack does without

    judge = placeholder_problem if is_local_cloud(environ, config) else example_problem
    return {f"{NAMESPACE}:{path}": judge(one) or "" for path, one in principals(settings_values(config))}


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
