"""Microsoft.Consumption/usageDetails: the tokens that projects used, on the resources that they are booked on.

``GET <scope>/providers/Microsoft.Consumption/usageDetails`` with a subscription, a resource group, a project or a SaaS
resource as the scope. On Azure costs appear after hours; here tokens appear at once, and no prices: Microsoft publishes
them in the Marketplace only.
"""

import uuid

from llama_azure_core._facts import load_facts
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import ANY, PathRow, not_allowed
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.inference.ledger import Ledger, Usage

_TYPE = "Microsoft.Consumption/usageDetails"


class UsageDetails:
    """Answers requests for usage."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the path that is answered; usage can only be read."""
        path = f"{{scope**}}/providers/{_TYPE}"
        return (PathRow("GET", path, self._list), PathRow(ANY, path, not_allowed))

    def _list(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        scope = path["scope"]
        return ArmAnswer(200, {"value": [_detail(scope, one) for one in self._ledger.usage() if _lies_in(scope, one)]})


def _lies_in(scope: str, usage: Usage) -> bool:
    return any(f"{place}/".lower().startswith(f"{scope}/".lower()) for place in (usage.resource, usage.project))


def _detail(scope: str, usage: Usage) -> Json:
    meters = load_facts("meters")
    consumed, publisher = ("Microsoft.SaaS", "Marketplace")
    if ResourceId.parse(usage.resource).type.lower() == AI_SERVICES_ACCOUNT.lower():
        consumed, publisher = ("Microsoft.CognitiveServices", "Azure")
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{usage.resource} {usage.offer} {usage.meter} {usage.day}"))
    return {
        "id": f"{scope}/providers/{_TYPE}/{name}",
        "name": name,
        "type": _TYPE,
        "kind": "legacy",
        "properties": {
            "date": f"{usage.day}T00:00:00Z",
            "resourceId": usage.resource,
            "resourceName": name_of(usage.resource),
            "resourceGroup": ResourceId.parse(usage.resource).resource_group,
            "consumedService": consumed,
            "publisherType": publisher,
            "chargeType": "Usage",
            "product": usage.offer,
            "meterDetails": {"meterName": usage.meter, "unitOfMeasure": "1K"},
            "quantity": usage.tokens / meters["tokensPerUnit"],
            "additionalInfo": {"project": usage.project, "tokens": usage.tokens},
        },
    }
