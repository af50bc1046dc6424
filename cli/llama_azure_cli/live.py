"""What Azure Resource Manager says of a stack's endpoints now."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from llama_azure_access import ArmClient, ArmError, NotFoundError
from llama_azure_cli.stack import Stack
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.plan import Endpoint
from llama_azure_core.resource_types import FOUNDRY_DEPLOYMENT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT, api_version

_TYPES = {
    BackEnd.FOUNDRY: FOUNDRY_DEPLOYMENT,
    BackEnd.MANAGED: ONLINE_ENDPOINT,
    BackEnd.SERVERLESS: SERVERLESS_ENDPOINT,
}
_AT_ONCE = 8


def live_states(stack: Stack, endpoints: Iterable[Endpoint]) -> dict[str, str]:
    """Ask Azure for the state of endpoints; by the name that the outputs have.

    A state is Azure's own word, such as ``Succeeded`` or ``Online``; where Azure refuses to tell, why.

    Raises:
        AccessError: nobody can sign in.
    """
    wanted = list(endpoints)
    stack.account.token()  # whoever cannot sign in is told once, not for each endpoint
    client = ArmClient(stack.account, "llama-azure")

    def state(endpoint: Endpoint) -> str:
        try:
            shown = client.call("GET", endpoint.id, api_version(_TYPES[endpoint.back_end]))
        except NotFoundError:
            return "not there"
        except ArmError as error:
            return f"not known: {error.reason.splitlines()[0]}"
        return _told(shown.get("properties") or {})

    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted)) or 1) as threads:
        return dict(zip((one.exported for one in wanted), threads.map(state, wanted), strict=True))


def _told(properties: dict[str, Any]) -> str:
    """Return the state of an endpoint as people read it: where it goes on, how, and with whose traffic."""
    words = [str(properties.get("provisioningState") or "not told")]
    if online := properties.get("endpointState"):
        words.append(str(online))
    if traffic := properties.get("traffic"):
        words.append(", ".join(f"{name} {share} %" for name, share in sorted(traffic.items())))
    return "; ".join(words)
