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
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.subscriptions import require_subscription
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_TYPE = "Microsoft.MarketplaceOrdering/agreements"
_TERMS = "https://catalogartifact.azureedge.net/publicartifacts"


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


def answer_marketplace_ordering(world: World, request: ArmRequest) -> ArmAnswer | None:
    """Answer a request about the terms of an offer; ``None`` if it is about something else."""
    match request.method, request.segments:
        case method, ["subscriptions", subscription, "providers", "microsoft.marketplaceordering", *rest]:
            require_subscription(subscription)
            return _answer(world, request, method, rest)
    return None


def _answer(world: World, request: ArmRequest, method: str, rest: list[str]) -> ArmAnswer:
    match method, rest:
        case "GET", ["agreements"]:
            signed = [_plan(*stored.key.split("/")[3:]) for stored in world.store.of_type(_TYPE)]
            return ArmAnswer(200, {"value": [_present_old(world, plan) for plan in signed]})
        case "GET", ["offertypes", "virtualmachine", "publishers", p, "offers", o, "plans", n, "agreements", "current"]:
            return ArmAnswer(200, _present(world, _plan(p, o, n)))
        case "GET", ["agreements", p, "offers", o, "plans", n]:
            return ArmAnswer(200, _present_old(world, _plan(p, o, n)))
        case "PUT", ["offertypes", "virtualmachine", "publishers", p, "offers", o, "plans", n, "agreements", "current"]:
            return ArmAnswer(200, _put(world, _plan(p, o, n), request.json_object().get("properties") or {}))
        case "POST", ["agreements", p, "offers", o, "plans", n, ("sign" | "cancel") as verb]:
            _accept(world, _plan(p, o, n), accepted=verb == "sign")
            return ArmAnswer(200, _present_old(world, _plan(p, o, n)))
    raise ArmError(404, "InvalidResourcePath", f"The path '{request.path}' is none of Microsoft.MarketplaceOrdering.")


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
    terms = f"{_TERMS}/{plan.publisher}.{plan.offer}"
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
