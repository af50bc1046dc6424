"""Who deploys a stack without a hub may write what the components register, and nothing of another type."""

from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any

import pytest

from llama_azure.estate import build_estate
from llama_azure_core.plan import plan, rights
from llama_azure_core.resource_types import KEY_VAULT_SECRET, RESOURCE_GROUP, ROLE_ASSIGNMENT, resource_types
from llama_azure_core.settings import parse_settings
from tests.support.whole_stack import (
    Config,
    config_of,
    foundry_stack,
    fronted_guest_stack,
    fronted_stack,
    guarded_stack,
)
from tests.unit.components.recording import SUBSCRIPTION, Registration, record


def closed_stack() -> Config:
    """A protected stack in a network of its own, with a budget."""
    return {
        "location": "swedencentral",
        "asOf": "2026-11-28",
        "resourceGroup": "rg-llama",
        "profile": "protected",
        "network": {"addressSpace": "10.60.0.0/24"},
        "budget": {"amount": 500},
        "projects": {"assistants": {"endpoints": {"chat": {"model": "Llama-3.3-70B-Instruct"}}}},
    }


STACKS: list[Callable[[], Config]] = [
    foundry_stack,
    guarded_stack,
    closed_stack,
    fronted_stack,
    fronted_guest_stack,
]
KNOWN = resource_types()
VERBS = {False: ("read", "write", "delete"), True: ("read", "write")}
"""Azure Resource Manager deletes no secret of a vault."""


def made_by(stack: Config) -> list[Registration]:
    """Return what is registered of azure-native's resources that a role has to let write."""
    settings = parse_settings(config_of(stack), "f")
    monitor, _ = record(lambda: build_estate(settings))
    written = [one for one in monitor.registrations if one.custom and one.type in KNOWN]
    return [one for one in written if KNOWN[one.type].name not in (RESOURCE_GROUP, ROLE_ASSIGNMENT)]


def is_elsewhere(inputs: dict[str, Any]) -> bool:
    return bool(inputs.get("resourceGroupName", "rg-llama") != "rg-llama")


def permits(actions: tuple[str, ...], action: str) -> bool:
    return any(fnmatch(action.casefold(), one.casefold()) for one in actions)


@pytest.mark.parametrize("existing", [False, True])
def test_the_group_is_written_by_the_stack_that_calls_it_its_own(existing: bool) -> None:
    settings = parse_settings(config_of({**closed_stack(), "existingResourceGroup": existing}), "f")
    allowed = rights(plan(settings, subscription=SUBSCRIPTION, stack="test")).role_actions
    group = "Microsoft.Resources/subscriptions/resourceGroups"
    assert {verb for verb in ("read", "write", "delete") if f"{group}/{verb}" in allowed} == (
        {"read"} if existing else {"read", "write", "delete"}
    )


@pytest.mark.parametrize("stack", STACKS, ids=lambda one: one.__name__)
def test_the_role_writes_what_the_stack_makes_and_no_other_type(stack: Callable[[], Config]) -> None:
    made = made_by(stack())
    assert len(made) >= 3
    allowed = rights(plan(parse_settings(config_of(stack()), "f"), subscription=SUBSCRIPTION, stack="test"))
    elsewhere = tuple(action for actions in allowed.actions_elsewhere.values() for action in actions)
    for one in made:
        actions = elsewhere if is_elsewhere(one.inputs) else allowed.role_actions
        for verb in VERBS[KNOWN[one.type].name == KEY_VAULT_SECRET]:
            assert permits(actions, f"{KNOWN[one.type].name}/{verb}"), (one.name, verb)
    types = {"/".join(KNOWN[one.type].name.split("/")[:2]) for one in made if not is_elsewhere(one.inputs)}
    assert {one.removesuffix("/*") for one in allowed.role_actions if one.endswith("/*")} == types
