"""``python -m bench.processor_ratio COUNT``: what the rules cost as policies of the SDK, where that is installed."""

import sys
import time
from collections.abc import Iterator

from llama_guardrails import RULES
from llama_guardrails import resource_types as types
from llama_guardrails.configuration import GENERAL
from llama_guardrails.pack import Analyzer
from llama_guardrails.view import Resource
from tests.policy.judging import DAY
from tests.policy.specimens import HUB_ID, hub, project, specimen, urn


def estate(count: int) -> Iterator[Resource]:
    """Yield about so many resources: a hub with its storage, and projects with a subscription and an endpoint each."""
    yield hub()
    yield specimen(types.STORAGE_ACCOUNT, "store")
    for number in range((count - 2) // 3):
        name = f"project-{number}"
        place = {"workspaceName": name}
        hub_urn = urn(types.WORKSPACE, "hub-llama")
        yield project(name, {"hubResourceId": HUB_ID}, property_dependencies={"hubResourceId": (hub_urn,)})
        offer = f"offer-{number}"
        yield specimen(types.MARKETPLACE_SUBSCRIPTION, offer, place)
        needs = (urn(types.MARKETPLACE_SUBSCRIPTION, offer),)
        endpoint = f"endpoint-{number}"
        yield specimen(types.SERVERLESS_ENDPOINT, endpoint, {**place, "name": endpoint}, dependencies=needs)


def processor_ratio(count: int) -> float:
    """Return the processor time of the rules as policies of the SDK by that of the pack, without an engine."""
    # The SDK is in an environment of its own; what else is here serves in any.
    from llama_guardrails import policies
    from tests.policy.sdk.protocol import sdk_servicer, show

    resources, day = list(estate(count)), {GENERAL: {"asOf": DAY.isoformat()}}
    spent = []
    for servicer in (Analyzer(RULES), sdk_servicer(policies(day))):
        started = time.process_time()
        show(servicer, resources)
        spent.append(time.process_time() - started)
    by_pack, by_sdk = spent
    return by_sdk / by_pack


if __name__ == "__main__":
    print(processor_ratio(int(sys.argv[1])))
