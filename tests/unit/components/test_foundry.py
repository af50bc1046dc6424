"""A Foundry resource and what is in it: what Azure is asked for, in which order, and what is refused before."""

import asyncio
import itertools
from typing import Any

import pulumi
import pytest

from llama_azure import ContentFilter, FoundryAccount, FoundryConnection, FoundryProject, ModelDeployment, _answers
from llama_azure._answers import settled
from llama_azure._arguments import ArgumentError
from llama_azure._azure_now import Desired, to_write
from llama_azure.estate import build_estate
from llama_azure_core.foundry import account_facts
from llama_azure_core.rbac import built_in_role
from llama_azure_core.settings import parse_settings
from tests.support.whole_stack import Config, config_of, foundry_stack
from tests.unit.components.recording import SUBSCRIPTION, Recorder, record
from tests.unit.components.test_components import (
    FILTER_ARGS,
    FOUNDRY_ARGS,
    FOUNDRY_CONNECTION_ARGS,
    MODEL_DEPLOYMENT_ARGS,
    build,
)

PLAIN: dict[str, Any] = {"resource_group_name": "rg", "location": "eastus2", "account_name": "ai-llama"}
ACCOUNT_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-llama"
TOKEN = "azure-native:cognitiveservices:Account"


def test_an_account_takes_no_keys_has_an_identity_and_its_own_domain() -> None:
    monitor, recorder = build(FoundryAccount, PLAIN)
    account = monitor.one("cognitiveservices:Account").inputs
    properties = account["properties"]
    assert properties["disableLocalAuth"] is True
    assert properties["customSubDomainName"] == "ai-llama"
    assert properties["allowProjectManagement"] is True
    assert (account["kind"], account["identity"]) == ("AIServices", {"type": "SystemAssigned"})
    assert "restore" not in properties
    assert monitor.outputs["it"]["primary_key"]["value"] == ""
    assert not [token for token, _ in recorder.calls if "Keys" in token]


def test_keys_are_listed_only_where_they_are_taken_and_are_a_secret() -> None:
    monitor, _ = build(FoundryAccount, {**PLAIN, "local_auth": True})
    key = monitor.outputs["it"]["primary_key"]
    assert key["value"] == "KEY-IN-CLEAR"
    assert "4dabf18193072939515e22adb298388d" in key  # the mark of a secret


def test_what_azure_writes_into_a_private_endpoint_is_left_alone() -> None:
    monitor, _ = build(FoundryAccount, FOUNDRY_ARGS)
    ignored = monitor.one("network:PrivateEndpoint").ignored
    assert {"customDnsConfigs", "privateLinkServiceConnections[0].privateLinkServiceConnectionState"} <= set(ignored)


def test_who_is_let_in_is_listed_and_nobody_else_is() -> None:
    monitor, _ = build(FoundryAccount, {**PLAIN, "allowed_addresses": ["203.0.113.7"], "allowed_subnet_ids": ["/s"]})
    rules = monitor.one("cognitiveservices:Account").inputs["properties"]["networkAcls"]
    assert rules["defaultAction"] == "Deny"
    assert [one["value"] for one in rules["ipRules"]] == ["203.0.113.7"]
    assert [one["id"] for one in rules["virtualNetworkRules"]] == ["/s"]


def test_callers_get_the_foundry_user_role_on_the_account_and_a_preview_knows_it() -> None:
    monitor, _ = record(lambda: FoundryAccount("it", {**PLAIN, "callers": FOUNDRY_ARGS["callers"]}), preview=True)  # type: ignore[typeddict-item]
    granted = monitor.one("RoleAssignment").inputs
    role = built_in_role(account_facts().caller_role)
    assert role is not None
    assert granted["scope"] == ACCOUNT_ID
    assert granted["roleDefinitionId"].endswith(f"/roleDefinitions/{role.id}")
    assert granted["principalType"] == "ServicePrincipal"


def test_callers_of_a_project_get_their_role_on_the_project_alone() -> None:
    place = {"resource_group_name": "rg", "location": "eastus2", "account_name": "ai", "project_name": "assistants"}
    callers = FOUNDRY_ARGS["callers"]
    monitor, _ = record(lambda: FoundryProject("it", {**place, "callers": callers}), preview=True)  # type: ignore[typeddict-item]
    granted = monitor.one("RoleAssignment").inputs
    assert granted["scope"].endswith(
        "/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai/projects/assistants"
    )
    assert granted["principalId"] == callers["app"]["principal_id"]


def test_a_customer_managed_key_is_a_second_write_after_the_identity_may_use_it() -> None:
    monitor, _ = build(FoundryAccount, FOUNDRY_ARGS)
    account, key = monitor.one("cognitiveservices:Account"), monitor.one("AccountEncryption")
    assert "encryption" not in account.inputs["properties"]
    assert "it-key-role" in key.depends_on
    assert key.inputs["key"] == "https://vault.example/keys/one/1"
    assert "it-encryption" in monitor.one("PrivateEndpoint").depends_on


def test_what_is_left_of_an_account_is_purged_after_it_where_that_is_asked_for() -> None:
    monitor, _ = build(FoundryAccount, {**PLAIN, "purge_on_delete": True})
    assert "it-name" in monitor.one("cognitiveservices:Account").depends_on
    assert monitor.one("AccountName").inputs["account_id"] == ACCOUNT_ID


def test_an_account_is_restored_where_it_is_not_there_and_never_written_so_again() -> None:
    monitor, _ = build(FoundryAccount, {**PLAIN, "restore": True})
    inputs = monitor.one("cognitiveservices:Account").inputs
    assert inputs["properties"]["restore"] is True
    shown = {"id": ACCOUNT_ID, "properties": {"provisioningState": "Succeeded"}}
    assert "restore" not in to_write(TOKEN, Desired(inputs), shown).props["properties"]


def test_an_account_that_is_there_is_not_changed() -> None:
    monitor, _ = build(FoundryAccount, {"account_id": ACCOUNT_ID, "callers": FOUNDRY_ARGS["callers"]})
    assert monitor.one("RoleAssignment").inputs["scope"] == ACCOUNT_ID
    with pytest.raises(ArgumentError, match="restore cannot be set on an account that is there"):
        build(FoundryAccount, {"account_id": ACCOUNT_ID, "restore": True})


def test_a_deployment_says_its_model_its_price_and_its_filter() -> None:
    monitor, _ = build(ModelDeployment, {**MODEL_DEPLOYMENT_ARGS, "capacity": 50})
    deployment = monitor.one("Deployment").inputs
    assert deployment["sku"] == {"name": "GlobalStandard", "capacity": 50}
    assert deployment["properties"] == {
        "model": {"format": "Meta", "name": "Llama-3.3-70B-Instruct", "version": "9"},
        "versionUpgradeOption": "NoAutoUpgrade",
        "raiPolicyName": "Microsoft.DefaultV2",
    }
    outputs = monitor.outputs["it"]
    assert outputs["uri"] == "https://ai-llama.example"
    assert outputs["base_url"] == "https://ai-llama.example/openai/v1/"


def test_a_version_that_azure_may_choose_is_not_set_back() -> None:
    asked = {key: value for key, value in MODEL_DEPLOYMENT_ARGS.items() if key != "model_version"}
    monitor, _ = build(ModelDeployment, {**asked, "version_upgrade_option": "OnceNewDefaultVersionAvailable"})
    deployment = monitor.one("Deployment")
    assert "version" not in deployment.inputs["properties"]["model"]
    assert deployment.ignored == ["properties.model.version"]
    with pytest.raises(ArgumentError, match="give model_version, or say by version_upgrade_option"):
        build(ModelDeployment, asked)


@pytest.mark.parametrize("name", ["Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct"])
def test_a_deployment_has_never_the_models_own_name(name: str) -> None:
    with pytest.raises(ArgumentError, match="the model's own name"):
        build(ModelDeployment, {**MODEL_DEPLOYMENT_ARGS, "deployment_name": name})


class Slow(Recorder):
    """An Azure that has accepted, and is at it for a while."""

    def __init__(self, function: str, states: list[str]) -> None:
        super().__init__()
        self.function, self.states = function, states

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        answer, failures = super().call(args)
        if args.token.endswith(self.function):
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            answer = {**answer, "properties": {**answer.get("properties", {}), "provisioningState": state}}
        return answer, failures


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_answers, "_FIRST_PAUSE_SECONDS", 0.001)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("states", "address"),
    [(["Accepted", "Creating", "Succeeded"], "https://ai-llama.example"), (["Accepted", "Failed"], "")],
)
def test_a_deployment_is_ready_once_azure_is_done_with_it(states: list[str], address: str) -> None:
    slow = Slow(":getDeployment", list(states))
    monitor, _ = record(lambda: ModelDeployment("it", MODEL_DEPLOYMENT_ARGS), slow)  # type: ignore[arg-type]
    assert monitor.outputs["it"]["uri"] == address
    assert slow.states == states[-1:]


@pytest.mark.usefixtures("hasty")
def test_what_never_ends_is_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_answers, "PATIENCE_SECONDS", 0.002)

    async def accepted(*_: object, **__: object) -> dict[str, Any]:
        return {"properties": {"provisioningState": "Accepted"}}

    monkeypatch.setattr(_answers, "ask", accepted)
    with pytest.raises(pulumi.RunError, match="ai-llama is still Accepted"):
        asyncio.run(settled(None, "getAccount", {"accountName": "ai-llama"}))  # type: ignore[arg-type]


def test_a_filter_says_of_each_category_whether_it_blocks_and_on_which_side() -> None:
    monitor, _ = build(ContentFilter, FILTER_ARGS)
    properties = monitor.one("RaiPolicy").inputs["properties"]
    assert properties["contentFilters"] == [
        {"name": "Hate", "source": "Prompt", "enabled": True, "blocking": True, "severityThreshold": "Low"},
        {"name": "Jailbreak", "source": "Prompt", "enabled": True, "blocking": True},
    ]
    assert [(one["blocklistName"], one["source"]) for one in properties["customBlocklists"]] == [
        ("names", "Prompt"),
        ("names", "Completion"),
    ]
    assert "it-blocklist-names-0" in monitor.one("RaiPolicy").depends_on


@pytest.mark.parametrize(
    ("categories", "said"),
    [
        ({"Rudeness": {"Prompt": {}}}, "Rudeness is not a category"),
        ({"Jailbreak": {"Completion": {}}}, "Jailbreak is looked for on Prompt"),
        ({"Jailbreak": {"Prompt": {"severity": "Low"}}}, "Jailbreak has no severities"),
        ({"Hate": {"Prompt": {"severity": "Very"}}}, "severity is 'Very'; give Low, Medium or High"),
    ],
)
def test_a_filter_that_azure_does_not_know_is_refused(categories: Config, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        build(ContentFilter, {**FILTER_ARGS, "categories": categories})


def test_a_connections_key_is_a_secret_and_goes_with_its_way_to_sign_in() -> None:
    monitor, _ = build(FoundryConnection, {**FOUNDRY_CONNECTION_ARGS, "project_name": "assistants"})
    properties = monitor.one("ProjectConnection").inputs["properties"]
    assert "4dabf18193072939515e22adb298388d" in properties
    assert properties["value"]["credentials"] == {"key": "KEY-IN-CLEAR"}
    with pytest.raises(ArgumentError, match="api_key goes together with auth_type ApiKey"):
        build(FoundryConnection, {**FOUNDRY_CONNECTION_ARGS, "auth_type": "AAD"})


@pytest.mark.parametrize(
    ("component", "args"),
    [
        (FoundryProject, {"project_id": f"{ACCOUNT_ID}/projects/there"}),
        (ModelDeployment, {"deployment_id": f"{ACCOUNT_ID}/deployments/there"}),
        (ContentFilter, {"filter_id": f"{ACCOUNT_ID}/raiPolicies/there"}),
        (FoundryConnection, {"connection_id": f"{ACCOUNT_ID}/connections/there"}),
    ],
)
def test_what_is_there_is_adopted_and_not_written(component: Any, args: dict[str, Any]) -> None:
    monitor, _ = build(component, {**PLAIN, **args})
    assert [one.inputs for one in monitor.registrations if one.custom] == []
    assert monitor.outputs["it"]


def test_the_children_of_an_account_are_written_one_after_the_other() -> None:
    stack = foundry_stack()
    deployment = {"model": "Llama-3.3-70B-Instruct", "backEnd": "foundry"}
    stack["projects"]["search"] = {"endpoints": {"chat": deployment, "rank": deployment}}
    monitor, _ = record(lambda: build_estate(parse_settings(config_of(stack), "f")))
    kinds = ("RaiBlocklist", "RaiBlocklistItem", "RaiPolicy", "Project", "Deployment")
    by_name = {(one.type, one.name): one for one in monitor.registrations}
    components = {one.name: one for one in monitor.registrations if not one.custom}
    children = [one for one in by_name.values() if one.custom and one.type.rsplit(":", 1)[-1] in kinds]
    assert len(children) == 8
    for before, after in itertools.pairwise(children):
        # The SDK registers nothing of a component before that, and it waits for what it depends on.
        needed = after.depends_on | components[after.parent].depends_on
        assert before.name in needed, f"{after.name} does not wait for {before.name}"
