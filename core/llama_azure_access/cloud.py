"""Which Azure it is: public, US government, China, or one that describes itself.

It fails closed: where another cloud is meant and cannot be had, nobody is asked. What is meant for one cloud must
never be answered, or changed, by another one.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azure.core import AzureClouds, PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.identity import AzureAuthorityHosts
from azure.mgmt.core.tools import get_arm_endpoints

from llama_azure_access.options import AccessError, Options

_METADATA_API_VERSION = "2022-09-01"
_METADATA_VARIABLE = "ARM_CLOUD_METADATA_URL"
_SECONDS = 10
_RETRIES = 2


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where an Azure is reached."""

    name: str
    """What it is called, such as ``public``."""
    resource_manager: str
    """The base URL of Azure Resource Manager, no slash at the end."""
    scope: str
    """What an access token for Azure Resource Manager is asked for."""
    authority: str
    """Where to sign in."""
    is_described: bool = False
    """Whether it described itself. Asking Microsoft whether its sign-in service may be trusted would tell of it."""


def _known(name: str, cloud: AzureClouds, authority: str) -> Cloud:
    found = get_arm_endpoints(cloud)
    return Cloud(name, found["resource_manager"].rstrip("/"), found["credential_scopes"][0], f"https://{authority}")


PUBLIC = _known("public", AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD)
_GOVERNMENT = _known("usgovernment", AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT)
_CHINA = _known("china", AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA)

# The names that azure-native takes, whatever their case, and those that `az account show` calls a cloud.
_NAMES = {
    **dict.fromkeys(("public", "azurecloud", "azurepubliccloud"), PUBLIC),
    **dict.fromkeys(
        ("usgovernment", "usgov", "usgovernmentl4", "azureusgovernment", "azureusgovernmentcloud"), _GOVERNMENT
    ),
    **dict.fromkeys(("china", "azurechinacloud"), _CHINA),
}


def find_cloud(options: Options) -> Cloud | None:
    """Return the cloud that is meant; ``None`` where nothing says which.

    Raises:
        AccessError: a cloud is meant that nobody knows, or whose description cannot be read.
    """
    three = [
        options.get(name, variable)
        for name, variable in (
            ("activeDirectoryAuthorityHost", "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"),
            ("resourceManagerEndpoint", "ARM_RESOURCE_MANAGER_ENDPOINT"),
            ("resourceManagerAudience", "ARM_RESOURCE_MANAGER_AUDIENCE"),
        )
    ]
    if all(three):
        authority, endpoint, audience = (one.rstrip("/") for one in three)
        return Cloud(urlsplit(endpoint).netloc, endpoint, f"{audience}/.default", authority, is_described=True)
    host = options.get("metadataHost", "ARM_METADATA_HOSTNAME")
    if host:
        address = host if "://" in host else f"https://{host}"
        source = options.source("metadataHost", "ARM_METADATA_HOSTNAME")
        return _described(f"{address.rstrip('/')}/metadata/endpoints?api-version={_METADATA_API_VERSION}", source)
    # Of azure-ai-ml and the sandbox: azure-native does not read it, and says which cloud by the ones above.
    url = options.variable(_METADATA_VARIABLE)
    if url:
        return _described(url, _METADATA_VARIABLE)
    name = options.get("environment", "ARM_ENVIRONMENT", "AZURE_ENVIRONMENT")
    return cloud_named(name, options.source("environment", "ARM_ENVIRONMENT", "AZURE_ENVIRONMENT")) if name else None


def cloud_named(name: str, source: str) -> Cloud:
    """Return the cloud of a name, such as ``usgovernment``; ``source`` is where it is said.

    Raises:
        AccessError: there is no such cloud. azure-native would take the public one.
    """
    if name.lower() not in _NAMES:
        raise AccessError(
            f"{source} is {name!r}: write public, usgovernment or china, or describe another cloud by "
            "ARM_METADATA_HOSTNAME"
        )
    return _NAMES[name.lower()]


def get_json(url: str, headers: dict[str, str] | None = None) -> Any:
    """GET a document.

    Raises:
        azure.core.exceptions.AzureError: there is no answer, or not the one that was asked for.
        ValueError: it is not JSON.
    """
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
        base_url=url, policies=[RetryPolicy(retry_total=_RETRIES)], connection_timeout=_SECONDS, read_timeout=_SECONDS
    )
    with client:
        answer = client.send_request(HttpRequest("GET", url, headers=headers))
        answer.raise_for_status()
        return answer.json()


def _described(url: str, source: str) -> Cloud:
    if urlsplit(url).scheme != "https":
        raise AccessError(f"{source} is {url!r}: it must begin with https://")
    try:
        content = get_json(url)
    except AzureError as error:
        raise AccessError(
            f"the cloud's metadata could not be read from {source}={url} ({type(error).__name__}); "
            "start that cloud, or correct or unset the variable"
        ) from None
    except ValueError:
        raise AccessError(f"{source}={url} answers no description of a cloud") from None
    try:
        return _read(content, urlsplit(url).netloc)
    except (KeyError, TypeError, LookupError, StopIteration) as error:
        raise AccessError(f"{source}={url} answers no description of a cloud ({error})") from None


def _read(content: Any, host: str) -> Cloud:
    """Read the description: one object (api-version 2022-09-01) or a list of clouds (2019-05-01)."""
    if isinstance(content, list):
        content = next(one for one in content if urlsplit(one["resourceManager"]).netloc == host)
    login = content["authentication"]
    return Cloud(
        name=str(content.get("name") or host),
        resource_manager=str(content["resourceManager"]).rstrip("/"),
        scope=f"{str(login['audiences'][0]).rstrip('/')}/.default",
        authority=str(login["loginEndpoint"]).rstrip("/"),
        is_described=True,
    )
