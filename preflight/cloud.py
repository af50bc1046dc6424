"""Which Azure is asked: the public one, or the one that ``ARM_CLOUD_METADATA_URL`` describes.

It fails closed: where a metadata URL is given and cannot be used, nobody is asked. Preflight of another
cloud must never be answered by the public one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from preflight.errors import PreflightError

METADATA_URL = "ARM_CLOUD_METADATA_URL"
_API_VERSION = "2022-09-01"
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where an Azure is reached."""

    resource_manager: str
    """The base URL of Azure Resource Manager, no slash at the end."""
    scope: str
    """What an access token is asked for."""
    authority: str | None = None
    """Where to sign in; ``None`` for the public Azure, whose place the libraries know."""


PUBLIC = Cloud("https://management.azure.com", "https://management.azure.com/.default")


def find_cloud(environ: Mapping[str, str], config: Mapping[str, Any]) -> Cloud:
    """Return the cloud that the environment and the stack's configuration mean.

    Raises:
        PreflightError: the metadata cannot be read, or another cloud is meant and not described.
    """
    url = environ.get(METADATA_URL)
    if url:
        return _described(url)
    for source, name in (
        ("ARM_ENVIRONMENT", environ.get("ARM_ENVIRONMENT")),
        ("azure-native:environment", config.get("azure-native:environment")),
    ):
        if name and str(name).casefold() != "public":
            raise PreflightError(
                f"{source} is {name}: set {METADATA_URL} to that cloud's metadata, "
                f"https://<its Resource Manager>/metadata/endpoints?api-version={_API_VERSION}"
            )
    return PUBLIC


def _described(url: str) -> Cloud:
    if urlsplit(url).scheme != "https":
        raise PreflightError(f"{METADATA_URL} is {url!r}: it must begin with https://")
    try:
        answer = requests.get(url, timeout=_SECONDS)
        answer.raise_for_status()
        return _read(answer.json(), urlsplit(url).netloc)
    except requests.RequestException as error:
        raise PreflightError(
            f"the cloud's metadata could not be read from {METADATA_URL}={url} ({type(error).__name__}); "
            "start that cloud, or correct or unset the variable"
        ) from None
    except (KeyError, TypeError, LookupError, ValueError) as error:
        raise PreflightError(f"{METADATA_URL}={url} answers no description of a cloud ({error})") from None


def _read(content: Any, host: str) -> Cloud:
    """Read the description: one object (api-version 2022-09-01) or a list of clouds (2019-05-01)."""
    if isinstance(content, list):
        content = next(one for one in content if urlsplit(one["resourceManager"]).netloc == host)
    login = content["authentication"]
    return Cloud(
        resource_manager=str(content["resourceManager"]).rstrip("/"),
        scope=f"{str(login['audiences'][0]).rstrip('/')}/.default",
        authority=str(login["loginEndpoint"]).rstrip("/"),
    )
