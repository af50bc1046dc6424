"""The traffic rules of an online endpoint (facts/limits.yaml), and what its callers notice when it is changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core._facts import load_facts
from llama_azure_core.regions import normalise_region
from llama_azure_core.serving import shared_quota

OWN_IDENTITY = "SystemAssigned"
"""The identity of an endpoint that was assigned none."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """What a change does to the callers of an endpoint."""

    sentence: str
    """What happens, without a full stop."""
    remedy: str
    refused: bool = False
    """Whether Azure refuses the change, so that nothing happens at all."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What there is to an online endpoint that its callers notice, or that it keeps for life."""

    region: str
    auth_mode: str
    identity: str
    """`SystemAssigned`, or the ids of the assigned identities in lower case, joined by commas."""
    shared_quota: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Reached":
        """Read the body of an online endpoint, as Azure shows it or as a program asks for it."""
        properties, identity = _members(body.get("properties")), _members(body.get("identity"))
        assigned = sorted(one.lower() for one in identity.get("userAssignedIdentities") or ())
        return cls(
            region=normalise_region(str(body.get("location") or "")),
            auth_mode=str(properties.get("authMode") or ""),
            identity=",".join(assigned) or OWN_IDENTITY,
            shared_quota=bool(_members(properties.get("properties")).get(shared_quota().endpoint_property)),
        )


def endpoint_interruptions(name: str, now: Reached, then: Reached, *, is_called: bool) -> Iterator[Interruption]:
    """Say what happens to an online endpoint that is there and is to be otherwise.

    Args:
        name: the endpoint's name.
        now: as it is.
        then: as it is to be.
        is_called: whether some deployment has a share of its requests.
    """
    second = "make a second endpoint as it is to be, move the callers there, and take the first one away later"
    new = [what for what, one, other in (
        ("another region", now.region, then.region),
        ("shared quota" if then.shared_quota else "quota of the subscription", now.shared_quota, then.shared_quota),
    ) if one != other]  # fmt: skip
    if new:
        if is_called:
            yield Interruption(
                f"the endpoint {name} is deleted and made anew, because {' and '.join(new)} cannot be set: its callers "
                "are refused until it is back",
                second,
            )
        return
    if now.identity != then.identity:
        yield Interruption(
            f"the endpoint {name} keeps its identity for life ({now.identity}): Azure refuses another one "
            f"({then.identity})",
            second,
            refused=True,
        )
    if is_called and now.auth_mode and then.auth_mode and now.auth_mode.lower() != then.auth_mode.lower():
        yield Interruption(
            f"the callers of the endpoint {name} sign in by {now.auth_mode} and are refused once it takes "
            f"{then.auth_mode}",
            second,
        )


@dataclass(frozen=True, slots=True)
class Deployed:
    """What there is to a deployment behind an online endpoint that its callers notice when it changes."""

    vm_size: str
    model_id: str
    """The registry id with its version."""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Deployed":
        """Read the body of a deployment, as Azure shows it or as a program asks for it."""
        properties = _members(body.get("properties"))
        model = properties.get("model") or ""
        model = model.get("assetId") or "" if isinstance(model, Mapping) else model
        return cls(str(properties.get("instanceType") or ""), str(model))


def deployment_interruptions(
    name: str, endpoint: str, share: int, now: Deployed, then: Deployed
) -> Iterator[Interruption]:
    """Say what happens to a deployment that is there and is to be otherwise.

    Args:
        name: the deployment's name.
        endpoint: the endpoint's name.
        share: the share of the endpoint's requests that it has, in percent.
        now: as it is.
        then: as it is to be.
    """
    if not share:
        return
    called = f"the deployment {name} has {share} % of the requests of {endpoint}"
    if now.vm_size and then.vm_size and now.vm_size.lower() != then.vm_size.lower():
        yield Interruption(
            f"{called} and is deleted and made anew, because another VM size ({now.vm_size} now, {then.vm_size} then) "
            "cannot be set: its callers are refused until it is back",
            "give its requests to another deployment first",
        )
    elif _is_other_model(now.model_id, then.model_id):
        # How Azure replaces the containers meanwhile is unverified.
        yield Interruption(
            f"{called} and gets another model in its place ({_model(now.model_id)} now, {_model(then.model_id)} then): "
            "all of them are answered by it at once, and there is nothing to go back to",
            "make a second deployment with the new model and move the requests step by step",
        )


def serverless_interruptions(name: str, now: str, then: str) -> Iterator[Interruption]:
    """Say what happens to a serverless endpoint that is there and is to serve another model.

    Args:
        name: the endpoint's name.
        now: the registry id of its model.
        then: that of the model which it is to serve.
    """
    if _is_other_model(now, then):
        yield Interruption(
            f"{name} serves {_model(now)} and is deleted and made anew for {_model(then)}: its callers are refused "
            "until it is back",
            "make a second endpoint for the other model, move the callers there, and take the first one away later",
        )


def _members(value: object) -> Mapping[str, Any]:
    """Return an object's members: none where there is no object, or where a secret is in it and it cannot be read."""
    return value if isinstance(value, Mapping) else {}


def _model(model_id: str) -> str:
    return model_id.partition("/models/")[2] or model_id


def _is_other_model(one: str, other: str) -> bool:
    """Whether two ids name two models; a label may stand for any version."""
    return not any("/labels/" in text.lower() or not text for text in (one, other)) and (
        _model(one).lower() != _model(other).lower()
    )


def traffic_problem(traffic: Mapping[str, int]) -> str | None:
    """Return what is wrong with the shares of an endpoint's deployments, in percent; ``None`` if nothing is."""
    outside = [name for name, share in traffic.items() if not 0 <= share <= 100]
    if outside:
        return f"traffic of {', '.join(outside)} is not a percentage: give 0 to 100"
    total = sum(traffic.values())
    if total not in (0, 100):
        return f"traffic adds up to {total}: the shares of all deployments make 100, or all are 0"
    return None


def mirror_problem(mirror: Mapping[str, int], traffic: Mapping[str, int]) -> str | None:
    """Return what is wrong with the mirrored shares, in percent; ``None`` if nothing is."""
    copied = {name: share for name, share in mirror.items() if share}
    most: int = load_facts("limits")["onlineEndpoints"]["mirrorPercent"]
    if len(copied) > 1:
        return f"mirror is set on {', '.join(sorted(copied))}: Azure copies requests to one deployment only"
    for name, share in copied.items():
        if not 0 < share <= most:
            return f"mirror of {name} is {share}: Azure copies at most {most} percent"
        if traffic.get(name):
            return f"{name} has traffic and mirror: a deployment gets either; set one of them to 0"
    return None
