"""Which fault rule strikes a request, and what a request is about."""

from dataclasses import replace
from typing import Any

import pydantic
import pytest

from llama_azure_sandbox.faults.rules import FaultRule, KeptRule, Operation, Plane, Target, decide
from llama_azure_sandbox.faults.targets import target_of

ML = "Microsoft.MachineLearningServices/workspaces"
GROUP = "/subscriptions/s/resourceGroups/rg"
ENDPOINT = Target(Plane.ARM, Operation.WRITE, f"{ML}/serverlessEndpoints", "Llama-8b")
CHAT = Target(Plane.DATA, Operation.ACTION, f"{ML}/serverlessEndpoints", "llama-8b")
POLL = Target(Plane.ARM, Operation.POLL)


def rule(kind: str = "throttle", **options: Any) -> KeptRule:
    return KeptRule(1, FaultRule.model_validate({"kind": kind, **options}))


def strikes(kept: KeptRule, requests: int, target: Target = ENDPOINT) -> list[bool]:
    """Send a row of requests and say which of them were struck."""
    row = []
    for _ in range(requests):
        struck = decide([kept], target, 0).striking is not None
        kept = replace(kept, fitted=kept.fitted + 1, struck=kept.struck + struck)
        row.append(struck)
    return row


@pytest.mark.parametrize(
    ("options", "target", "fits"),
    [
        ({}, ENDPOINT, True),
        ({}, CHAT, True),
        ({}, POLL, False),
        ({"operation": "poll"}, POLL, True),
        ({"plane": "data"}, ENDPOINT, False),
        ({"type": "serverlessendpoints"}, ENDPOINT, True),
        ({"type": f"{ML}/*"}, ENDPOINT, True),
        ({"type": "endpoints"}, ENDPOINT, False),
        ({"type": ML}, ENDPOINT, False),
        ({"name": "LLAMA-*"}, ENDPOINT, True),
        ({"name": "llama"}, ENDPOINT, False),
        ({"operation": "delete"}, ENDPOINT, False),
        ({"kind": "conflict"}, CHAT, False),
        ({"kind": "rotated-key"}, ENDPOINT, False),
        ({"kind": "rotated-key"}, CHAT, True),
        ({"kind": "unknown-deployment"}, ENDPOINT, False),
        ({"kind": "unknown-deployment"}, CHAT, True),
        ({"kind": "operation-failed"}, ENDPOINT, True),
        ({"kind": "operation-failed"}, replace(ENDPOINT, operation=Operation.READ), False),
    ],
)
def test_a_rule_strikes_what_it_is_about_and_nothing_else(options: dict[str, str], target: Target, fits: bool) -> None:
    assert strikes(rule(**{"kind": "throttle", **options}), 1, target) == [fits]


def test_a_count_is_exact() -> None:
    assert strikes(rule(count=2), 5) == [True, True, False, False, False]


def test_a_probability_is_drawn_from_the_seed_alone_and_met_in_the_long_run() -> None:
    first, again, other = (strikes(rule(probability=0.3, seed=seed), 2000) for seed in (7, 7, 8))
    assert first == again
    assert first != other
    assert 0.25 < sum(first) / 2000 < 0.35


def test_a_count_counts_what_was_struck_and_not_what_was_spared() -> None:
    assert sum(strikes(rule(probability=0.5, count=3), 100)) == 3


def test_an_expired_rule_strikes_no_more() -> None:
    kept = rule(expires=100.0)
    assert decide([kept], ENDPOINT, 99.9).striking is kept
    assert decide([kept], ENDPOINT, 100.0).striking is None


def test_the_first_rule_that_is_due_strikes_and_later_ones_do_not_count_it() -> None:
    elsewhere, first, second = rule(type="vaults"), rule("delay"), rule()
    decision = decide([elsewhere, first, second], ENDPOINT, 0)
    assert (decision.striking, decision.counted) == (first, (first,))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"kind": "earthquake"}, "kind"),
        ({"probability": 0}, "probability"),
        ({"probability": 1.1}, "probability"),
        ({"count": 0}, "count"),
        ({"status": 404}, "status"),
        ({"nme": "x"}, "nme"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_the_name_of_what_is_wrong(
    options: dict[str, Any], named: str
) -> None:
    with pytest.raises(pydantic.ValidationError, match=named):
        rule(**options)


def test_a_kind_that_a_plane_does_not_have_is_refused() -> None:
    with pytest.raises(pydantic.ValidationError, match="rotated-key is one of the plane data"):
        rule("rotated-key", plane="arm")


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        (
            "PUT",
            f"{GROUP}/providers/{ML}/p/serverlessEndpoints/llama",
            Target(Plane.ARM, Operation.WRITE, ENDPOINT.type, "llama"),
        ),
        (
            "POST",
            f"{GROUP}/providers/{ML}/p/serverlessEndpoints/llama/listKeys",
            Target(Plane.ARM, Operation.ACTION, ENDPOINT.type, "llama"),
        ),
        ("GET", f"{GROUP}/providers/{ML}", Target(Plane.ARM, Operation.READ, ML)),
        ("DELETE", GROUP, Target(Plane.ARM, Operation.DELETE, "Microsoft.Resources/resourceGroups", "rg")),
        ("GET", "/subscriptions/s/providers/X/locations/global/operationsStatus/1", POLL),
        ("GET", "/subscriptions", Target(Plane.ARM, Operation.READ)),
        ("POST", "/serverless/eastus2/llama-8b/v1/chat/completions", CHAT),
        (
            "POST",
            "/managed/eastus2/score-me/score",
            Target(Plane.DATA, Operation.ACTION, f"{ML}/onlineEndpoints", "score-me"),
        ),
        ("GET", "/msi/token", Target(Plane.SIGN_IN, Operation.READ)),
        ("POST", "/tenant/oauth2/v2.0/token", Target(Plane.SIGN_IN, Operation.ACTION)),
        ("DELETE", "/_sandbox/faults", None),
    ],
)
def test_what_a_request_is_about_is_read_from_its_path(method: str, path: str, target: Target | None) -> None:
    assert target_of(method, path) == target
