"""Microsoft.MarketplaceOrdering: the terms of the models' Marketplace offers, read and accepted once a subscription.

Shapes: azure-mgmt-marketplaceordering, api-version 2021-01-01. Which error Azure gives for an offer that is not
there, and for a signature that is not the one it gave, could not be verified.
"""

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, replace

from llama_azure_core.catalogue import all_models
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import ANY, PathRow
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.subscriptions import require_subscription
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_TYPE = "Microsoft.MarketplaceOrdering/agreements"
_DOCUMENTS = "https://catalogartifact.azureedge.net/publicartifacts"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A plan of an offer of a publisher, in the catalogue's spelling."""

    publisher: str
    offer: str
    name: str

    @property
    def key(self) -> str:
        return f"/marketplace/agreements/{self.publisher}/{self.offer}/{self.name}".lower()

    @property
    def head(self) -> Json:
        """Id, name and type of the agreement."""
        path = f"{_TYPE}/{self.publisher}/offers/{self.offer}/plans/{self.name}"
        return {
            "id": f"/subscriptions/{SUBSCRIPTION_ID}/providers/{path}",
            "name": self.name,
            "type": f"{_TYPE}/offers/plans",
        }

    @property
    def signature(self) -> str:
        """What stands for the text of the terms: whoever accepts them sends it back."""
        return hashlib.sha256(self.key.encode()).hexdigest().upper()


def _list(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    require_subscription(path["subscription"])
    signed = [_plan(*stored.key.split("/")[3:]) for stored in world.store.of_type(_TYPE)]
    return ArmAnswer(200, {"value": [_present_old(world, plan) for plan in signed]})


def _terms(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, _present(world, _plan_of(path)))


def _keep_terms(world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, _put(world, _plan_of(path), request.json_object().get("properties") or {}))


def _agreement(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, _present_old(world, _plan_of(path)))


def _sign(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    _accept(world, _plan_of(path), accepted=True)
    return ArmAnswer(200, _present_old(world, _plan_of(path)))


def _cancel(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    _accept(world, _plan_of(path), accepted=False)
    return ArmAnswer(200, _present_old(world, _plan_of(path)))


def _no_such_path(_world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    require_subscription(path["subscription"])
    raise ArmError(404, "InvalidResourcePath", f"The path '{request.path}' is none of Microsoft.MarketplaceOrdering.")


_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering"
_CURRENT = (
    f"{_PROVIDER}/offerTypes/virtualmachine/publishers/{{publisher}}/offers/{{offer}}/plans/{{plan}}/agreements/current"
)
_OF_A_PLAN = f"{_PROVIDER}/agreements/{{publisher}}/offers/{{offer}}/plans/{{plan}}"
MARKETPLACE_ORDERING_PATHS = (
    PathRow("GET", f"{_PROVIDER}/agreements", _list),
    PathRow("GET", _CURRENT, _terms),
    PathRow("PUT", _CURRENT, _keep_terms),
    PathRow("GET", _OF_A_PLAN, _agreement),
    PathRow("POST", f"{_OF_A_PLAN}/sign", _sign),
    PathRow("POST", f"{_OF_A_PLAN}/cancel", _cancel),
    PathRow(ANY, f"{_PROVIDER}/{{rest*}}", _no_such_path),
)


def _put(world: World, plan: _Plan, terms: Json) -> Json:
    if terms.get("signature") != plan.signature:
        raise ArmError(400, "BadRequest", "The signature is not that of the current terms; get the terms again.")
    _accept(world, plan, accepted=bool(terms.get("accepted")))
    return _present(world, plan)


def _accept(world: World, plan: _Plan, *, accepted: bool) -> None:
    when = dt.datetime.fromtimestamp(world.now(), dt.UTC).isoformat()
    body = {"properties": {"provisioningState": "Succeeded", "accepted": accepted, "changed": when}}
    stored = world.store.resource(plan.key)
    world.store.save(
        StoredResource(plan.key, plan.key, _TYPE, None, str(uuid.uuid4()), body, {})
        if stored is None
        else replace(stored, body=body)
    )


def _present(world: World, plan: _Plan) -> Json:
    accepted, changed = _state(world, plan)
    terms = f"{_DOCUMENTS}/{plan.publisher}.{plan.offer}"
    return {
        **plan.head,
        "properties": {
            "publisher": plan.publisher,
            "product": plan.offer,
            "plan": plan.name,
            "licenseTextLink": f"{terms}/license",
            "privacyPolicyLink": f"{terms}/privacy",
            "marketplaceTermsLink": f"{terms}/terms",
            "retrieveDatetime": changed if accepted else "",
            "signature": plan.signature,
            "accepted": accepted,
        },
    }


def _present_old(world: World, plan: _Plan) -> Json:
    """Return the agreement in the shape of the operations that sign, cancel and list."""
    accepted, changed = _state(world, plan)
    dates = {("signDate" if accepted else "cancelDate"): changed} if changed else {}
    state = "Active" if accepted else "Canceled"
    return {
        **plan.head,
        "properties": {
            "id": plan.signature[:32],
            "publisher": plan.publisher,
            "offer": plan.offer,
            "state": state,
            **dates,
        },
    }


def _state(world: World, plan: _Plan) -> tuple[bool, str]:
    """Return whether the terms are accepted, and since when that is so; empty if nobody ever answered."""
    stored = world.store.resource(plan.key)
    if stored is None:
        return False, ""
    properties = stored.body["properties"]
    return properties["accepted"], properties["changed"]


def _plan_of(path: dict[str, str]) -> _Plan:
    require_subscription(path["subscription"])
    return _plan(path["publisher"], path["offer"], path["plan"])


def _plan(publisher: str, offer: str, name: str) -> _Plan:
    """Return a plan of the catalogue's, whatever the case of its names; one whose id is not known is believed in.

    Raises:
        ArmError: 400, no model is sold by it.
    """
    wanted = _Plan(publisher, offer, name)
    for facts in (model.marketplace for model in all_models()):
        if facts is not None:
            known = _Plan(facts.publisher_id, facts.offer_id, facts.plan_id or name)
            if known.key == wanted.key:
                return known
    raise ArmError(
        400,
        "BadRequest",
        f"Offer with PublisherId: '{publisher}', OfferId: '{offer}', PlanId: '{name}' could not be found.",
    )
