"""The token buckets of Azure Resource Manager."""

import pytest

from llama_azure_core._facts import load_facts
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.throttling import Throttle

FIGURES = load_facts("resource_manager")["throttling"]["subscription"]
ONE, OTHER = Caller("one", "one"), Caller("other", "other")
PATH = "/subscriptions/s/resourceGroups"


class Clock:
    """A clock that stands until it is told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def passed(throttle: Throttle, method: str, tries: int, caller: Caller = ONE, path: str = PATH) -> int:
    """Return how many of some requests pass."""
    refused: list[ArmError] = []
    for _ in range(tries):
        try:
            throttle.admit(caller, method, path)
        except ArmError as error:
            refused.append(error)
    assert {(error.status, error.code) for error in refused} <= {(429, "SubscriptionRequestsThrottled")}
    return tries - len(refused)


@pytest.mark.parametrize(
    ("method", "kind"),
    [("GET", "reads"), ("HEAD", "reads"), ("PUT", "writes"), ("PATCH", "writes"), ("POST", "writes"),
     ("DELETE", "deletes")],
)  # fmt: skip
def test_a_full_bucket_passes_at_once_and_then_as_much_as_is_refilled(method: str, kind: str) -> None:
    clock = Clock()
    throttle = Throttle(clock)
    bucket, refill = FIGURES[kind]["bucket"], FIGURES[kind]["refill"]
    assert passed(throttle, method, bucket + 50) == bucket
    clock.now += 1
    assert passed(throttle, method, bucket) == refill
    clock.now += 1e6
    assert passed(throttle, method, bucket + 50) == bucket


def test_each_principal_subscription_and_kind_of_request_has_its_own() -> None:
    throttle = Throttle(Clock())
    passed(throttle, "PUT", 500)
    assert passed(throttle, "PUT", 1, OTHER) == 1
    assert passed(throttle, "PUT", 1, path="/subscriptions/t/x") == 1
    assert passed(throttle, "PUT", 1, path="/tenants") == 1
    assert passed(throttle, "DELETE", 1) == passed(throttle, "GET", 1) == 1
    assert passed(throttle, "PUT", 1) == 0


def test_what_is_left_and_how_long_to_wait_is_told() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    left = throttle.admit(ONE, "PUT", PATH)
    assert left == {"x-ms-ratelimit-remaining-subscription-writes": str(FIGURES["writes"]["bucket"] - 1)}
    passed(throttle, "PUT", 500)
    with pytest.raises(ArmError) as raised:
        throttle.admit(ONE, "PUT", PATH)
    assert raised.value.headers["Retry-After"] == "1"
    clock.now += int(raised.value.headers["Retry-After"])
    assert passed(throttle, "PUT", 1) == 1
