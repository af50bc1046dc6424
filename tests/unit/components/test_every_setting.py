"""No setting is accepted and dropped: each changes the stack's plan and what Pulumi is asked to make."""

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from pydantic import BaseModel

from llama_azure.estate import build_estate
from llama_azure_core.plan import Plan, plan
from llama_azure_core.settings import Settings, parse_settings
from tests.support.stack_strategies import projects_of_any_kind
from tests.support.whole_stack import (
    GUID,
    Config,
    changed,
    config_of,
    foundry_stack,
    fronted_guest_stack,
    fronted_stack,
    guarded_stack,
    guest_stack,
    leaves,
    moving_stack,
    own_stack,
    parted_stack,
    shared_stack,
    spread_stack,
)
from tests.unit.components.recording import SUBSCRIPTION, record

Path = tuple[str | int, ...]

STACKS: dict[str, Callable[[], Config]] = {
    "own": own_stack,
    "shared": shared_stack,
    "guest": guest_stack,
    "foundry": foundry_stack,
    "guarded": guarded_stack,
    "moving": moving_stack,
    "spread": spread_stack,
    "fronted": fronted_stack,
    "fronted guest": fronted_guest_stack,
    "parted": parted_stack,
}
ONLY = {
    "spread": {"capacity", "litellm"},
    "fronted": {"gateway", "apiManagement"},
    "fronted guest": {"gateway"},
    "parted": {"stacks", "partOf"},
}
"""Of some stacks: the sections that the others have not."""
LEAVES = [
    (name, path)
    for name, stack in STACKS.items()
    for path in leaves(stack())
    if name not in ONLY or ONLY[name] & set(path)
]

MAKES_NOTHING = {
    "expectedTokensPerDay": "it is for the estimate of the cost",
    "asOf": "it is the date on which models are judged",
    "regionSnapshot": "it is the date of the region tables",
    "allowAsOf": "it lets a deployment look back; whoever judges the date reads it from the settings",
    "fallbacks": "it stands in the output litellm: tests/unit/core/test_litellm.py",
    "database": "it stands in the output litellm: tests/unit/core/test_litellm.py",
    "redis": "it stands in the output litellm: tests/unit/core/test_litellm.py",
    "redisTls": "it stands in the output litellm: tests/unit/core/test_litellm.py",
    "keysFromVault": "it stands in the output litellm: tests/unit/core/test_litellm.py",
    "marginPercent": "it stands in the output litellm: tests/unit/core/test_litellm.py",
    "stack": "what it leads to is known at run time: tests/engine/test_two_stacks.py",
}
"""The settings that no resource shows, each with the reason."""


def setting_of(path: Path) -> str:
    """Return the name of the setting that a path leads to: its last step that is one."""
    return next(str(step) for step in reversed(path) if step in NAMES)


def with_other(stack: Config, path: Path) -> Config:
    """Return a stack with another value in one place, and in those that must change with it."""
    new = copy.deepcopy(stack)
    holder: Any = new
    *way, last = path
    for step in way:
        holder = holder[step]
    name = setting_of(path)
    if "endpoints" in path and (other := _with_other_endpoint(new, holder, name, holder[last])) is not None:
        return other
    match name, holder[last]:
        case "traffic", 100:
            holder[last], way_to_green = 60, new["projects"]["assistants"]["managed"]["chat"]["deployments"]["green"]
            way_to_green |= {"traffic": 40}
            way_to_green.pop("mirror")
        case "traffic" | "otherTraffic", 0:
            return with_other(stack, (*way[:-1], "blue", "traffic"))
        case "traffic" | "otherTraffic", _:
            chat = new["projects"]["found"]["managed"]["chat"]
            chat["otherTraffic"]["blue"], chat["deployments"]["red"]["traffic"] = 80, 20
        case "name", "llama-8b" | "llama-70b" as value:
            holder[last] = changed(name, value)
            new["projects"]["search"]["connections"]["llama"]["endpoint"] = holder[last]
        case "access", value:
            _open_or_close(holder, value)
        case "authMode", _:
            holder[last] = "AADToken" if "managed" in path else "KeyAndAAD"
        case _, value:
            holder[last] = changed(name, value)
    return new


def _open_or_close(gateway: Config, access: str) -> None:
    if access == "public":
        del gateway["signIn"]
    else:
        gateway["signIn"] = {"clientId": GUID.format(4)}
    gateway["access"] = "private" if access == "public" else "public"


def _with_other_endpoint(new: Config, holder: Any, name: str, value: Any) -> Config | None:
    """Change a setting of the section ``endpoints`` that does not change alone; ``None`` for one that does."""
    match name, value:
        case "alsoOn", _:
            # The key is a list with one back end: none.
            projects: Config = copy.deepcopy(new["projects"])
            projects["assistants"]["endpoints"]["chat"]["alsoOn"] = []
            return {**new, "projects": projects}
        case "backEnd", "foundry":
            return {**new, "asOf": "2026-03-01", "hub": {"name": "hub-llama"}, "projects": _moved(new, "serverless")}
        case "backEnd", "managed":
            return {**new, "projects": _moved(new, "foundry", "batch")}
        case "backEnd", _:
            return {**new, "projects": _moved(new, "foundry")}
        case "model", _:
            # Of the back ends only the Foundry serves another model on that day.
            kept = {key: one for key, one in holder.get("foundry", {}).items() if key != "version"}
            holder |= {"model": changed(name, value), "backEnd": "foundry", "foundry": kept}
            holder.pop("managed", None)
            holder.pop("serverless", None)
            holder.pop("alsoOn", None)
        case "sku", _:
            holder |= {"sku": changed(name, ""), "capacity": 100}
        case "traffic", _:
            holder["traffic"] = 0
        case _:
            return None
    return new


def _moved(stack: Config, back_end: str, key: str = "chat") -> Config:
    """Return the projects of a stack with an endpoint on another back end."""
    projects: Config = copy.deepcopy(stack["projects"])
    projects["assistants"]["endpoints"][key]["backEnd"] = back_end
    return projects


def sections(section: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    """Yield the names of all settings below a section."""
    if section in seen:
        return
    seen.add(section)
    for name, field in section.model_fields.items():
        yield field.alias or name
        for kind in _kinds(field.annotation):
            yield from sections(kind, seen)


def _kinds(annotation: Any) -> Iterator[type[BaseModel]]:
    if (
        isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
        and annotation.__name__.endswith(("Settings", "Options"))
    ):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _kinds(argument)


NAMES = frozenset(sections(Settings, set()))


def settings_of(stack: Config) -> Settings:
    return parse_settings(config_of(stack), "f")


def planned(stack: Config) -> Plan:
    return plan(settings_of(stack), subscription=SUBSCRIPTION, stack="test")


def registered(stack: Config) -> str:
    """Return everything that Pulumi is asked to register, as text."""
    settings = settings_of(stack)
    monitor, _ = record(lambda: build_estate(settings))
    told = [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in monitor.registrations]
    return "\n".join(sorted(json.dumps(one, default=str, sort_keys=True) for one in told))


@cache
def before(name: str) -> tuple[Plan, str]:
    return planned(STACKS[name]()), registered(STACKS[name]())


def test_every_setting_is_tried_or_has_a_reason() -> None:
    tried = {str(step) for _, path in LEAVES for step in path} & NAMES
    assert tried | MAKES_NOTHING.keys() >= NAMES
    assert MAKES_NOTHING.keys() <= NAMES


def spelled(one: str | Path) -> str:
    return one if isinstance(one, str) else ".".join(map(str, one))


@pytest.mark.parametrize(("name", "path"), LEAVES, ids=spelled)
def test_every_value_changes_the_plan_and_what_is_registered(name: str, path: Path) -> None:
    stack = with_other(STACKS[name](), path)
    old_plan, old_resources = before(name)
    assert planned(stack) != old_plan
    if setting_of(path) not in MAKES_NOTHING:
        assert registered(stack) != old_resources


@hypothesis_settings(max_examples=8)
@given(projects_of_any_kind)
def test_every_item_of_a_plan_is_a_resource_and_no_other_is(projects: dict[str, Any]) -> None:
    stack = {**own_stack(), "projects": projects, "deployers": {}}
    wanted = planned(stack)
    settings = settings_of(stack)
    monitor, _ = record(lambda: build_estate(settings))
    kinds = ("ServerlessEndpoint", "OnlineEndpoint", "OnlineDeployment", "MarketplaceSubscription")
    made = sorted(one.name for one in monitor.registrations if one.type.rsplit(":", 1)[-1] in kinds and not one.custom)
    offers = [one.logical_name for project in wanted.projects for one in project.offers]
    endpoints = [one.logical_name for one in wanted.endpoints]
    deployments = [one.logical_name for one in wanted.deployments]
    assert made == sorted([*offers, *endpoints, *deployments])
    projects_made = [one.name for one in monitor.registrations if one.type == "llama-azure:index:AiProject"]
    assert sorted(projects_made) == sorted(projects)
