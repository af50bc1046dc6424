"""Settings: what is wrong is said all at once, with its place and remedy."""

import datetime as dt
import json
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from llama_azure_core.catalogue import all_models, find_model, serverless_regions
from llama_azure_core.plan import plan
from llama_azure_core.settings import SettingsError, parse_settings
from llama_azure_core.settings.schema import stack_file_schema
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.stack_strategies import projects_of_any_kind

STACK_FILES = sorted(PROJECT_ROOT.glob("stacks/Pulumi.*.yaml"))
SCHEMA_FILE = PROJECT_ROOT / "stacks" / "settings.schema.json"
SCHEMA = stack_file_schema()
LLAMA_8B = "Meta-Llama-3-8B-Instruct"
LLAMA_2 = "Llama-2-7b-chat"
GUID = "00000000-0000-0000-0000-00000000d3b1"
IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/safe"
ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/guard"
HUB_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/hub"


def valid(**changes: Any) -> dict[str, Any]:
    """Return a whole valid configuration with some values changed."""
    return {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2024-07-01",
        "llama-azure:resourceGroup": "rg-llama",
        "llama-azure:hub": {"name": "hub-llama"},
        "llama-azure:projects": {"chat": {"serverless": [{"model": LLAMA_8B}]}},
        **changes,
    }


def project(**changes: Any) -> dict[str, Any]:
    return {"llama-azure:projects": {"chat": changes}}


def serverless(**changes: Any) -> dict[str, Any]:
    return project(serverless=[{"model": LLAMA_8B, **changes}])


def endpoint(**changes: Any) -> dict[str, Any]:
    return project(managed={"llama": {"deployments": {"blue": deployment()}, **changes}})


def deployment(**changes: Any) -> dict[str, Any]:
    return {"model": LLAMA_2, "vmSize": "Standard_NC48ads_A100_v4", **changes}


def deployments(**by_name: dict[str, Any]) -> dict[str, Any]:
    return endpoint(deployments={name: deployment(**changes) for name, changes in by_name.items()})


def complaint(config: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_settings(config, source="stacks/Pulumi.test.yaml")
    return str(caught.value)


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.name)
def test_every_stack_file_of_the_project_is_valid(path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.validate(content, stack_file_schema())
    assert parse_settings(content["config"], source=path.name).resource_group


def test_the_schema_in_the_repository_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == stack_file_schema(), "run `make settings-schema`"


def test_keys_of_other_packages_are_left_alone() -> None:
    assert parse_settings(valid(**{"azure-native:subscriptionId": "x", "aws:region": "y"}), "f").region == "eastus2"


def test_a_stack_without_a_date_is_judged_today() -> None:
    config = valid(**serverless(model="Llama-3.3-70B-Instruct"))
    del config["llama-azure:asOf"]
    assert parse_settings(config, "f").as_of == dt.date.today()


def test_a_named_snapshot_takes_the_place_of_the_dates_region_tables() -> None:
    later = valid(**{"llama-azure:asOf": "2024-09-01"})
    assert parse_settings(later, "f").regions_on == dt.date(2024, 9, 1)
    seed = parse_settings(later | {"llama-azure:regionSnapshot": "seed"}, "f")
    assert serverless_regions(find_model(LLAMA_8B), seed.regions_on) == ("eastus2", "swedencentral")


def test_a_version_may_be_written_as_a_number_and_defaults_to_the_catalogues() -> None:
    settings = parse_settings(valid(**deployments(blue={"version": 25, "traffic": 100}, green={})), "f")
    blue, green = settings.projects["chat"].managed["llama"].deployments.values()
    assert blue.model_id == f"{find_model(LLAMA_2).registry_model_id}/versions/25"
    assert green.model_version == find_model(LLAMA_2).registry_version


PLACES = {
    "hub": "llama-azure:hub",
    "serverless": "llama-azure:projects.chat.serverless[0]",
    "endpoint": "llama-azure:projects.chat.managed.llama",
    "blue": "llama-azure:projects.chat.managed.llama.deployments.blue",
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"llama-azure:hubb": {}}, "llama-azure:hubb: is not a setting; remove it or check its spelling"),
        ({"llama-azure:hub": {}}, "{hub}: give exactly one of name, existing and stack (found none of them)"),
        ({"llama-azure:hub": {"name": "hub", "stack": "x"}}, "(found name and stack)"),
        ({"llama-azure:hub": {"name": "x"}}, "{hub}.name: 'x' is not a valid name for a workspace"),
        ({"llama-azure:hub": "hub"}, "{hub}: Input should be"),
        ({"llama-azure:hub": {"existing": "hub-llama"}}, "{hub}.existing: 'hub-llama' is not an Azure resource id"),
        (
            {"llama-azure:hub": {"existing": HUB_ID, "diagnostics": True}},
            "{hub}: diagnostics cannot be set on a hub that this stack does not make; remove them, or give a name",
        ),
        (
            {"llama-azure:hub": {"name": "hub", "managedNetwork": {"isolationMode": "None"}}},
            "{hub}.managedNetwork.isolationMode: Input should be 'Disabled', 'AllowInternetOutbound' or",
        ),
        (
            {
                "llama-azure:hub": {
                    "name": "hub",
                    "managedNetwork": {
                        "isolationMode": "Disabled",
                        "outboundRules": {"pypi": {"fqdn": "packages.example.com"}},
                    },
                }
            },
            "{hub}.managedNetwork: outboundRules need a network",
        ),
        (
            {
                "llama-azure:hub": {
                    "name": "hub",
                    "managedNetwork": {"isolationMode": "AllowInternetOutbound", "outboundRules": {"pypi": {}}},
                }
            },
            "{hub}.managedNetwork.outboundRules.pypi: an outbound rule has one destination",
        ),
        (
            {
                "llama-azure:hub": {
                    "name": "hub",
                    "managedNetwork": {
                        "isolationMode": "AllowInternetOutbound",
                        "outboundRules": {"store": {"privateEndpoint": HUB_ID}},
                    },
                }
            },
            "{hub}.managedNetwork.outboundRules.store: privateEndpoint and subresource go together",
        ),
        ({"llama-azure:asOf": "yesterday"}, "llama-azure:asOf: "),
        (
            {"llama-azure:regionSnapshot": "2024"},
            "llama-azure:regionSnapshot: No snapshot of the region tables is named",
        ),
        ({"llama-azure:projects": []}, "llama-azure:projects: "),
        (
            {"llama-azure:hub": {"existing": HUB_ID}, "llama-azure:projects": {}},
            "llama-azure: projects is empty, and the hub is not made here",
        ),
        (
            {"llama-azure:deployers": {"team": {"principalId": "me", "principalType": "Team"}}},
            "llama-azure:deployers.team.principalId: 'me' is not an object id",
        ),
        (
            {"llama-azure:deployers": {"team": {"principalId": "me", "principalType": "Team"}}},
            "llama-azure:deployers.team.principalType: Input should be 'User', 'Group' or 'ServicePrincipal'",
        ),
        (serverless(model="GPT-4"), "{serverless}.model: The catalogue has no model named 'GPT-4'"),
        (serverless(model=["Llama"]), "{serverless}.model: a model is given by its name in the catalogue"),
        (serverless(name="no.dots"), "{serverless}.name: 'no.dots' is not a valid name"),
        (serverless(authMode="Password"), "{serverless}.authMode: Input should be 'Key', 'AAD' or 'KeyAndAAD'"),
        (
            project(serverless=[{"model": LLAMA_8B}, {"model": LLAMA_8B.upper()}]),
            f"llama-azure:projects.chat: serverless lists {LLAMA_8B} twice",
        ),
        (project(name="chat", existing=HUB_ID), "llama-azure:projects.chat: name cannot be set on an existing project"),
        (
            serverless() | {"llama-azure:asOf": "2025-07-01"},
            "{serverless}.model: Meta-Llama-3-8B-Instruct was retired on 2025-06-30; Microsoft names",
        ),
        (
            deployments(blue={"model": "Llama-4-Scout-17B-16E-Instruct"}),
            "{blue}.model: Llama-4-Scout-17B-16E-Instruct is not",
        ),
        (deployments(blue={"model": "Llama-3.2-1B"}), "{blue}: version is missing, and the catalogue knows none"),
        (deployments(blue={"version": "latest"}), "{blue}.version: 'latest' is not a version"),
        (deployments(blue={"vmSize": "Standard_NC48"}), "{blue}.vmSize: No VM size named 'Standard_NC48' is known"),
        (deployments(blue={"vmSize": "Standard_NC4as_T4_v3"}), "{blue}.vmSize: Standard_NC4as_T4_v3 is too small for"),
        (
            deployments(blue={"vmSize": "Standard_NC12s_v3"}) | {"llama-azure:asOf": "2025-10-01"},
            "{blue}.vmSize: the VM size Standard_NC12s_v3 was retired on 2025-09-30",
        ),
        (deployments(blue={"instances": 0}), "{blue}.instances: Input should be greater than or equal to 1"),
        (deployments(blue={"traffic": 101}), "{blue}.traffic: Input should be less than or equal to 100"),
        (deployments(blue={"traffic": 60}), "{endpoint}: traffic adds up to 60"),
        (
            deployments(blue={"traffic": 100}, green={"mirror": 51}),
            "{endpoint}: mirror of green is 51: Azure copies at",
        ),
        (deployments(blue={"traffic": 100, "mirror": 10}), "{endpoint}: blue has traffic and mirror"),
        (
            deployments(blue={"mirror": 10}, green={"mirror": 10}),
            "{endpoint}: mirror is set on blue, green: Azure copies requests to one deployment only",
        ),
        (
            deployments(blue={"autoscale": {"minimum": 3, "maximum": 2}}),
            "{blue}.autoscale: minimum 3 is more than maximum 2",
        ),
        (
            endpoint(existing="llama", sharedQuota=False, identity=IDENTITY),
            "{endpoint}: identity, sharedQuota cannot be set on an existing endpoint; remove them, or remove existing",
        ),
        (endpoint(otherTraffic={"green": 100}), "{endpoint}: otherTraffic is for an existing endpoint"),
        (endpoint(existing="llama", otherTraffic={"blue": 100}), "{endpoint}: blue stands in deployments and in other"),
        (endpoint(existing="llama", otherTraffic={"green": 90}), "{endpoint}: traffic adds up to 90"),
        (
            deployments(blue={"contentSafety": {"account": ACCOUNT, "identityClientId": GUID}}),
            "{endpoint}: contentSafety of blue asks the account as an identity of the endpoint: give identity",
        ),
        (
            deployments(blue={"contentSafety": {"account": "guard", "identityClientId": "me", "threshold": 8}}),
            "{blue}.contentSafety.threshold: Input should be less than or equal to 7",
        ),
        (deployments(blue={"requestTimeoutSeconds": 181}), "{blue}.requestTimeoutSeconds: Input should be less than"),
        (
            deployments(blue={"instances": 1, "autoscale": {"minimum": 2, "maximum": 3}}),
            "{blue}: instances 1 is outside autoscale, 2 to 3",
        ),
        (
            endpoint(sharedQuota=True, deployments={"blue": deployment(model=LLAMA_8B, traffic=60)}),
            "{endpoint}: traffic adds up to 60: the shares of all deployments make 100, or all are 0; sharedQuota is",
        ),
        (
            serverless(model="Llama-4-Scout-17B-16E-Instruct"),
            "{serverless}.model: Llama-4-Scout-17B-16E-Instruct is not offered as a serverless API: it is offered as",
        ),
        (
            project(subscriptions=["CodeLlama-7b-hf"]),
            "llama-azure:projects.chat.subscriptions: CodeLlama-7b-hf has no Marketplace offer",
        ),
        (
            project(subscriptions=[LLAMA_8B]) | {"llama-azure:asOf": "2025-07-01"},
            "llama-azure:projects.chat.subscriptions: Meta-Llama-3-8B-Instruct was retired on 2025-06-30",
        ),
        (
            {"llama-azure:projects": {"chat": {}, "search": {"name": "chat"}}},
            "llama-azure: projects.chat and projects.search are both named chat",
        ),
        (
            project(
                serverless=[{"model": LLAMA_8B, "name": "llama"}],
                managed={"llama": {"name": "llama", "deployments": {"blue": deployment()}}},
            ),
            "projects.chat.serverless[0] and projects.chat.managed.llama are both named llama",
        ),
        (
            project(existing=HUB_ID, publicNetworkAccess=False),
            "llama-azure:projects.chat: publicNetworkAccess cannot be set on an existing project",
        ),
        (
            endpoint(sharedQuota=True, deployments={"blue": deployment(model=LLAMA_8B)}),
            "{endpoint}: sharedQuota is not offered for the model of blue",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(change: dict[str, Any], said: str) -> None:
    for name, place in PLACES.items():
        said = said.replace(f"{{{name}}}", place)
    assert said in complaint(valid(**change))


SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/pe"
ZONE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io"


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({}, "give either addressSpace, to have a virtual network made, or subnet"),
        ({"addressSpace": "10.0.0.0/24", "subnet": SUBNET}, "give either addressSpace"),
        ({"addressSpace": "10.0.0.1/24"}, "write it as 10.20.0.0/24"),
        ({"addressSpace": "10.0.0.0/24", "subnetAddressPrefix": "10.1.0.0/26"}, "does not lie in addressSpace"),
        ({"subnet": HUB_ID}, "is not the id of a subnet"),
        (
            {"subnet": SUBNET, "virtualNetworkName": "vnet"},
            "virtualNetworkName cannot be set on a subnet that is there",
        ),
        ({"subnet": SUBNET, "dnsByPolicy": True, "privateDnsZones": [ZONE]}, "dnsByPolicy leaves DNS to the landing"),
        ({"subnet": SUBNET, "linkExistingZones": True}, "linkExistingZones links privateDnsZones, of which there are"),
        ({"subnet": SUBNET, "privateDnsZones": [HUB_ID]}, "is not the id of a private DNS zone"),
    ],
)
def test_a_mistake_in_a_network_is_named(network: dict[str, Any], said: str) -> None:
    assert said in complaint(valid(**{"llama-azure:network": network}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"llama-azure:profile": "secure"}, "llama-azure:profile"),
        ({"llama-azure:hub": {"name": "hub", "allowedAddresses": ["10.1.2.0/24"]}}, "take public addresses only"),
        (
            {"llama-azure:hub": {"existing": HUB_ID}, "llama-azure:network": {"addressSpace": "10.0.0.0/24"}},
            "network: private endpoints lead to what the stack makes, and it makes neither a hub nor a Foundry",
        ),
        ({"llama-azure:budget": {"amount": 0}}, "llama-azure:budget.amount"),
        ({"llama-azure:budget": {"amount": 1, "contactRoles": []}}, "nobody would be told"),
        ({"llama-azure:budget": {"amount": 1, "startDate": "2024-07-02"}}, "is not the first day of a month"),
    ],
)
def test_a_mistake_in_what_protects_is_named(change: dict[str, Any], said: str) -> None:
    assert said in complaint(valid(**change))


def test_what_a_file_says_holds_against_its_profile() -> None:
    changed = {
        "llama-azure:profile": "protected",
        "llama-azure:hub": {"name": "hub-llama", "purgeProtection": False, "logRetentionDays": 40},
        **endpoint(publicNetworkAccess=True),
    }
    made = plan(parse_settings(valid(**changed), "f"), subscription=GUID)
    assert (made.hub.arguments["purge_protection"], made.hub.arguments["log_retention_days"]) == (False, 40)
    assert made.hub.arguments["public_network_access"] is False
    assert made.projects[0].arguments["public_network_access"] is False
    (one,) = made.endpoints
    assert one.arguments["public_network_access"] is True
    assert one.deployments[0].arguments["public_network_egress"] is False


def foundry(**account: Any) -> dict[str, Any]:
    """A closed stack with nothing but an endpoint of a Foundry resource."""
    chat = {"model": "Llama-3.3-70B-Instruct", "backEnd": "foundry"}
    return {
        "azure-native:location": "swedencentral",
        "llama-azure:asOf": "2026-11-25",
        "llama-azure:resourceGroup": "rg-llama",
        "llama-azure:profile": "protected",
        "llama-azure:network": {"addressSpace": "10.20.0.0/24"},
        "llama-azure:foundry": account,
        **project(endpoints={"chat": chat}),
    }


def test_a_protected_foundry_resource_is_reached_through_the_stacks_network() -> None:
    made = plan(parse_settings(foundry(), "f"), subscription=GUID)
    assert made.foundry is not None
    assert made.network is not None
    assert made.foundry.arguments["public_network_access"] is False
    wanted = made.foundry.arguments["private_endpoint"]
    assert wanted["subnet_id"] == made.network.subnet_id
    assert [one.rsplit("/", 1)[-1] for one in wanted["dns_zone_ids"]] == list(made.network.zones)
    assert made.network.subnet_id in made.foundry.depends_on


def test_a_foundry_resource_that_lets_addresses_in_is_not_closed_by_the_profile() -> None:
    made = plan(parse_settings(foundry(allowedAddresses=["203.0.113.7"]), "f"), subscription=GUID)
    assert made.foundry is not None
    assert "public_network_access" not in made.foundry.arguments


def test_a_file_without_a_profile_means_what_it_meant() -> None:
    made = plan(parse_settings(valid(**endpoint()), "f"), subscription=GUID)
    said = {"public_network_access", "resources_public_network_access", "purge_protection", "diagnostics"}
    assert not said & made.hub.arguments.keys()
    assert made.projects[0].arguments["public_network_access"] is True


def test_all_mistakes_are_told_at_once() -> None:
    said = complaint(
        {
            "llama-azure:asOf": "2026-01-01",
            "llama-azure:hub": {"name": "hub", "nmae": "x"},
            **project(
                serverless=[{"model": LLAMA_8B}],
                managed={"llama": {"deployments": {"blue": deployment(vmSize="Standard_NC12s_v3", instances=99)}}},
            ),
        }
    )
    blue = PLACES["blue"]
    for place in (
        "azure-native:location",
        "llama-azure:resourceGroup",
        "llama-azure:hub.nmae",
        f"{PLACES['serverless']}.model",
        f"{blue}.vmSize",
        f"{blue}.instances",
    ):
        assert f"  {place}: " in said


@given(st.sampled_from([model for model in all_models() if model.serverless is not None]))
def test_any_model_can_be_asked_for_in_any_case(model) -> None:
    settings = parse_settings(valid(**serverless(model=model.name.upper())), "f")
    assert settings.projects["chat"].serverless[0].model == model


@given(st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_shares_of_traffic_are_accepted_just_where_they_make_all_or_nothing(shares: list[int]) -> None:
    config = valid(**deployments(**{f"one{index}": {"traffic": share} for index, share in enumerate(shares)}))
    if sum(shares) in (0, 100):
        assert list(parse_settings(config, "f").projects["chat"].managed["llama"].traffic.values()) == shares
    else:
        assert f"traffic adds up to {sum(shares)}" in complaint(config)


@hypothesis_settings(max_examples=30, deadline=None)
@given(projects_of_any_kind)
def test_editors_and_the_loader_agree_on_what_is_valid_and_nothing_said_is_lost(projects: dict[str, Any]) -> None:
    config = valid(**{"llama-azure:projects": projects})
    jsonschema.validate({"config": config}, SCHEMA)
    parsed = parse_settings(config, "f").projects
    assert parsed.keys() == projects.keys()
    for key, project in projects.items():
        said = [(entry["model"], entry.get("contentSafety", True)) for entry in project.get("serverless", ())]
        assert [(entry.model.name, entry.content_safety) for entry in parsed[key].serverless] == said
        for name, endpoint in project.get("managed", {}).items():
            instances = {one: deployment.get("instances", 1) for one, deployment in endpoint["deployments"].items()}
            found = parsed[key].managed[name].deployments
            assert {one: deployment.instances for one, deployment in found.items()} == instances


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_no_value_ends_in_anything_but_settings_or_a_settings_error(value: Any) -> None:
    try:
        settings = parse_settings(valid(**{"llama-azure:projects": value}), "stacks/Pulumi.test.yaml")
    except SettingsError as error:
        assert str(error).startswith("stacks/Pulumi.test.yaml cannot be used:")  # noqa: PT017 - either is right
    else:
        # Nothing, and an empty text, are not set; JSON is what `pulumi config set` writes.
        said = json.loads(value or "{}") if isinstance(value, str) else value or {}
        assert settings.projects.keys() == said.keys()


@pytest.mark.parametrize(
    ("changes", "sets"),
    [
        ({}, True),
        ({"existing": "llama"}, False),
        ({"existing": "llama", "otherTraffic": {"green": 100}}, True),
        ({"existing": "llama", "authMode": "AADToken", "deployments": {"blue": {"traffic": 100}}}, True),
    ],
)
def test_the_traffic_of_an_existing_endpoint_is_left_alone_unless_shares_are_given(
    changes: dict[str, Any], sets: bool
) -> None:
    blue = deployment(**changes.pop("deployments", {}).get("blue", {}))
    settings = parse_settings(valid(**endpoint(**changes, deployments={"blue": blue})), "f")
    assert settings.projects["chat"].managed["llama"].sets_traffic is sets


def test_a_deployment_that_scales_begins_with_the_fewest_instances() -> None:
    settings = parse_settings(valid(**deployments(blue={"autoscale": {"minimum": 2, "maximum": 3}})), "f")
    assert settings.projects["chat"].managed["llama"].deployments["blue"].first_instances == 2
