"""Several stacks deploy the projects of one file: each its own, all of them what one stack would."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from llama_azure_core.plan import Plan, plan
from llama_azure_core.settings import Project, SettingsError, parse_settings

SUBSCRIPTION = "00000000-0000-0000-0000-00000000abcd"
STACKS = {"prod-a": ["assistants"], "prod-b": ["search", "batch"]}


def config(**more: Any) -> dict[str, Any]:
    blue = {"model": "Llama-2-7b-chat", "vmSize": "Standard_NC24s_v3", "traffic": 100}
    projects = {
        "assistants": {"serverless": [{"model": "Meta-Llama-3-8B-Instruct", "name": "llama-8b"}]},
        "search": {"managed": {"answers": {"name": "answers", "deployments": {"blue": blue}}}},
        "batch": {"serverless": [{"model": "Meta-Llama-3-70B-Instruct"}]},
        "rest": {"endpoints": {"notes": {"model": "Meta-Llama-3-8B-Instruct"}}},
    }
    own = {"resourceGroup": "rg-llama", "asOf": "2024-07-01", "hub": {"name": "hub-llama"}, "projects": projects}
    values = {**own, "alerts": {"emails": ["a@example.com"]}, **more}
    return {"azure-native:location": "eastus2", **{f"llama-azure:{key}": value for key, value in values.items()}}


def planned(stack: str, **more: Any) -> Plan:
    return plan(parse_settings(config(**more), "f"), subscription=SUBSCRIPTION, stack=stack)


def part(name: str) -> Plan:
    return planned(name, stacks=STACKS, partOf="prod")


def test_the_parts_together_are_the_stack() -> None:
    whole, rest, parts = planned("prod"), planned("prod", stacks=STACKS), [part(one) for one in STACKS]
    by_key = {project.key: project for made in (rest, *parts) for project in made.projects}
    assert [by_key[project.key] for project in whole.projects] == list(whole.projects)
    assert len(by_key) == sum(len(made.projects) for made in (rest, *parts))
    rules = [rule for made in (rest, *parts) if made.alerts is not None for rule in made.alerts.rules]
    assert whole.alerts is not None
    assert sorted(one.logical_name for one in rules) == sorted(one.logical_name for one in whole.alerts.rules)


def test_undivided_settings_are_those_of_one_stack() -> None:
    divided = parse_settings(config(stacks=STACKS), "f")
    assert plan(divided.undivided, subscription=SUBSCRIPTION, stack="prod") == planned("prod")


def test_what_belongs_to_no_project_stays() -> None:
    rest = planned("prod", stacks=STACKS)
    assert rest.hub == planned("prod").hub
    for name in STACKS:
        made = part(name)
        assert (made.uses_group, made.makes_group, made.foundry, made.network, made.budget) == (
            False,
            False,
            None,
            None,
            None,
        )
        assert (made.hub.id, made.hub.stack, made.hub.arguments) == (rest.hub.id, "prod", {})


def test_rules_on_an_endpoint_go_where_it_goes() -> None:
    def about(made: Plan) -> set[str]:
        return set() if made.alerts is None else {one.logical_name for one in made.alerts.rules if "search" in
                                                  one.logical_name}  # fmt: skip

    assert about(part("prod-b"))
    assert not about(planned("prod", stacks=STACKS))
    assert part("prod-a").alerts is None


def test_a_foundry_resource_stays_whole_with_all_its_endpoints() -> None:
    chat = {"model": "Llama-3.3-70B-Instruct", "backEnd": "foundry"}
    projects = {"assistants": {"endpoints": {"chat": chat}}, "search": {"endpoints": {"chat": chat}}}
    more = {"asOf": "2026-03-01", "projects": projects, "stacks": {"prod-a": ["assistants"]}}
    rest, moved = planned("prod", **more), planned("prod-a", **more, partOf="prod")
    assert rest.foundry is not None
    assert sorted(one.exported for one in rest.foundry.endpoints) == ["assistants-chat", "search-chat"]
    assert (moved.foundry, [one.key for one in moved.projects]) == (None, ["assistants"])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"stacks": {"a": ["nobody"]}},
            "stacks.a: there is no project nobody; there are assistants, batch, rest, search",
        ),
        ({"stacks": {"a": ["batch"], "b": ["batch"]}}, "stacks.b: batch is deployed by a already"),
        ({"stacks": {"a": []}}, "at least 1 item"),
        ({"stacks": {"a b": ["batch"]}}, "should match pattern"),
        (
            {"stacks": STACKS, "deployers": {"ci": {"principalId": SUBSCRIPTION, "principalType": "Group"}}},
            "stacks and deployers do not go together",
        ),
        ({"stacks": STACKS, "litellm": {}}, "stacks and litellm do not go together"),
    ],
)
def test_projects_that_cannot_be_divided_so_are_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        planned("prod", **more)


def test_a_connection_and_its_endpoint_stay_together() -> None:
    projects = config()["llama-azure:projects"]
    projects["batch"]["connections"] = {"llama": {"endpoint": "llama-8b"}}
    with pytest.raises(SettingsError, match="put batch and assistants in one, under llama-azure:stacks"):
        planned("prod", stacks=STACKS, projects=projects)
    together = {"prod-a": ["assistants", "batch"]}
    assert planned("prod-a", stacks=together, projects=projects, partOf="prod").projects[-1].connections


def test_a_stack_that_the_file_does_not_name_is_no_part() -> None:
    with pytest.raises(SettingsError, match="stacks of prod names no stack prod-c"):
        part("prod-c")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\n", encoding="utf-8")
    write(tmp_path, "prod", config(stacks=STACKS))
    return tmp_path


def write(folder: Path, stack: str, content: dict[str, Any]) -> None:
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": content}), encoding="utf-8")


def test_a_parts_file_says_whose_part_it_is_and_adds_its_own(project: Path) -> None:
    secret = {
        "search": {
            "managed": {"answers": {"deployments": {"blue": {"environmentVariables": {"KEY": {"secure": "x"}}}}}}
        }
    }
    own = {"llama-azure:partOf": "prod", "azure-native:clientId": "c", "llama-azure:projects": secret}
    write(project, "prod-b", own)
    file = Project(project).stack("prod-b")
    assert (file.part_of, file.config["azure-native:clientId"]) == ("prod", "c")
    settings = file.settings()
    assert settings.projects["search"].managed["answers"].deployments["blue"].environment_variables.keys() == {"KEY"}
    assert settings.stacks == {name: tuple(keys) for name, keys in STACKS.items()}
    # What the engine can read in the place of the part's file has the projects, and no ciphertext of the other's.
    content = file.document["config"]
    assert content["llama-azure:partOf"] == "prod"
    assert content["llama-azure:projects"]["search"]["managed"]["answers"]["deployments"]["blue"] == {
        "model": "Llama-2-7b-chat",
        "vmSize": "Standard_NC24s_v3",
        "traffic": 100,
        "environmentVariables": {"KEY": {"secure": "x"}},
    }


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"partOf": "nobody"}, "Pulumi.nobody.yaml is not there"),
        (
            {"partOf": "prod", "asOf": "2024-07-02"},
            "llama-azure:asOf is 2024-07-02, and 2024-07-01 in Pulumi.prod.yaml",
        ),
        ({"partOf": "prod-b"}, "Pulumi.prod-b.yaml lists no projects of prod-b under llama-azure:stacks"),
    ],
)
def test_a_part_that_does_not_fit_its_whole_is_refused(project: Path, own: dict[str, Any], told: str) -> None:
    write(project, "prod-b", {f"llama-azure:{key}": value for key, value in own.items()})
    with pytest.raises(SettingsError, match=told):
        Project(project).stack("prod-b")


def test_a_date_is_the_same_with_quotes_and_without(project: Path) -> None:
    (project / "Pulumi.prod-a.yaml").write_text(
        "config:\n  llama-azure:partOf: prod\n  llama-azure:asOf: 2024-07-01\n", encoding="utf-8"
    )
    assert Project(project).stack("prod-a").settings().as_of.isoformat() == "2024-07-01"


def test_json_that_the_cli_wrote_is_divided_as_yaml_is(project: Path) -> None:
    write(project, "prod", {key: json.dumps(one) if isinstance(one, dict) else one for key, one in
                            config(stacks=STACKS).items()})  # fmt: skip
    write(project, "prod-a", {"llama-azure:partOf": "prod"})
    made = plan(Project(project).stack("prod-a").settings(), subscription=SUBSCRIPTION, stack="prod-a")
    assert replace(made, stack="") == replace(part("prod-a"), stack="")
