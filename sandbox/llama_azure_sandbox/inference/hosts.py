"""Endpoints at hosts of their own, beside the paths that Resource Manager tells, so that a URL's path is the API's.

    https://<endpoint>.<region>.models.sandbox.localhost:<port>/v1/chat/completions
    https://<endpoint>.<region>.inference.sandbox.localhost:<port>/score
    https://<account>.services.sandbox.localhost:<port>/openai/v1/chat/completions

for clients that judge the path of an endpoint's URL, such as langchain_community's AzureMLChatOnlineEndpoint. The
certificate is good for them. Names below ``localhost`` are known to curl, to browsers and to machines with
systemd-resolved; elsewhere a line in ``/etc/hosts`` has to say that the name is 127.0.0.1.
"""

from collections.abc import Iterable
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from llama_azure_sandbox.addresses import FOUNDRY_PATH

_PLANES = {"models.sandbox.localhost": "serverless", "inference.sandbox.localhost": "managed"}
# By the host that follows an account's name: as on Azure, where services.ai.azure.com, openai.azure.com and
# cognitiveservices.azure.com do.
_FOUNDRY = {
    "services.sandbox.localhost": FOUNDRY_PATH,
    "openai.sandbox.localhost": FOUNDRY_PATH,
    "cognitiveservices.sandbox.localhost": FOUNDRY_PATH,
}


def host_patterns(regions: Iterable[str]) -> list[str]:
    """Return the names that a certificate has to hold: a wildcard stands for one label only."""
    return [f"*.{region}.{suffix}" for suffix in _PLANES for region in regions] + [f"*.{suffix}" for suffix in _FOUNDRY]


class EndpointHosts:
    """Leads requests for an endpoint's host to the endpoint's path, before anybody else looks at the path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "").partition(":")[0].lower()
            endpoint, _, rest = host.partition(".")
            region, _, suffix = rest.partition(".")
            prefix = ""
            if endpoint and rest in _FOUNDRY:
                prefix = f"{_FOUNDRY[rest]}/{quote(endpoint)}"
            elif suffix in _PLANES and endpoint and region:
                prefix = f"/{_PLANES[suffix]}/{quote(region)}/{quote(endpoint)}"
            if prefix:
                raw = scope.get("raw_path")
                scope = {
                    **scope,
                    "path": prefix + scope["path"],
                    "raw_path": None if raw is None else prefix.encode() + raw,
                }
        await self._app(scope, receive, send)
