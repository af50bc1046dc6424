"""For every check a world in which it passes and one in which it does not, and stacks that concern them all."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llama_azure_core.catalogue import find_model
from llama_azure_core.foundry import foundry_models
from llama_azure_core.limits import limits
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.quota import cores_needed, find_vm_size
from llama_azure_core.rbac import deployer_permissions, preflight_reader_actions, project_creator_permissions
from llama_azure_report import Result
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.client.principals import NewPrincipal
from tests.preflight.bench import LLAMA_8B, Bench, call
from tests.support.arm import SUBSCRIPTION
from tests.support.estates import account_body, vault_body, wait_until
from tests.support.foundry import account, deployment_body
from tests.support.foundry import account_body as foundry_account_body

LLAMA_2 = "Llama-2-7b-chat"
T4 = "Standard_NC64as_T4_v3"
A100 = "Standard_NC48ads_A100_v4"

PASS, FAIL, WARN = Result.PASS, Result.FAIL, Result.WARN


World = Callable[[Bench], NewPrincipal | None]
"""Makes the world and the stack's file; returns who asks, if it is not the owner."""


@dataclass(frozen=True)
class Expectation:
    """What a check says in a world."""

    check: str
    result: Result
    words: str
    """What the answer has in it."""


WORLDS: dict[World, list[Expectation]] = {}


def expects(check: str, result: Result, words: str) -> Callable[[World], World]:
    """Note what a check says in a world."""

    def note(world: World) -> World:
        WORLDS.setdefault(world, []).append(Expectation(check, result, words))
        return world

    return note


def derived(bench: Bench, kind: NameKind, prefix: str) -> str:
    return derive_name(kind, prefix, "hub", scope=(SUBSCRIPTION_ID, bench.group))


def configure_managed(bench: Bench, instances: int = 1, **more: object) -> None:
    """Configure a project with one online endpoint and one deployment."""
    blue = {"model": LLAMA_8B, "version": "1", "vmSize": T4, "instances": instances, "traffic": 100, **more}
    chat = {"name": bench.name("chat"), "deployments": {"blue": blue}}
    bench.configure(projects={"project": {"managed": {"chat": chat}}})


def grant_cores(bench: Bench, cores: int) -> None:
    """Let the stack's region have so many cores of the one VM family."""
    bench.world(coreQuotas={f"{bench.region}/{find_vm_size(T4).family}": cores})


ONE_INSTANCE = cores_needed(find_vm_size(T4), 1)
"""The cores of an instance and of another one for upgrades."""


def make_online(bench: Bench, endpoint: str, *, instances: int = 0, project: str = "project") -> None:
    """Make an online endpoint, and a deployment of so many instances in it."""
    path = f"{bench.workspace(project)}/onlineEndpoints/{endpoint}"
    bench.put(path, {"location": bench.region, "kind": "Managed", "properties": {"authMode": "Key"}})
    if instances:
        bench.put(
            f"{path}/deployments/blue",
            {
                "location": bench.region,
                "sku": {"name": "Default", "capacity": instances},
                "properties": {
                    "endpointComputeType": "Managed",
                    "model": f"{find_model(LLAMA_8B).registry_model_id}/versions/1",
                    "instanceType": T4,
                },
            },
        )


@expects("PF-SUB-001", PASS, "is Enabled")
@expects("PF-SUB-002", PASS, "EnterpriseAgreement")
@expects("PF-SUB-003", PASS, "Off")
@expects("PF-PRV-001", PASS, "is registered")
@expects("PF-RBAC-001", PASS, "you may subscribe")
@expects("PF-RBAC-002", PASS, "you may do what it takes")
@expects("PF-RBAC-004", PASS, "you may do what it takes")
@expects("PF-MDL-001", PASS, "is offered in East US 2")
@expects("PF-MDL-002", PASS, "can be deployed")
@expects("PF-MDL-003", PASS, "is not there yet")
@expects("PF-NAME-001", PASS, "is free")
@expects("PF-NAME-002", PASS, "is free")
@expects("PF-NAME-003", PASS, "no endpoint of this subscription")
@expects("PF-NAME-004", PASS, "no workspace")
@expects("PF-NAME-005", PASS, "no deleted workspace")
@expects("PF-NAME-006", PASS, "no deleted key vault")
@expects("PF-NAME-007", PASS, "no resource group is called")
@expects("PF-LIM-001", PASS, "the limit is 800")
def an_empty_subscription(bench: Bench) -> None:
    del bench


@expects("PF-SUB-001", FAIL, "is Disabled")
def a_disabled_subscription(bench: Bench) -> None:
    bench.world(subscriptionState="Disabled")


@expects("PF-SUB-002", FAIL, "cannot buy")
@expects("PF-SUB-003", FAIL, "the spending limit is on")
def a_free_trial(bench: Bench) -> None:
    bench.world(subscriptionKind="FreeTrial")


@expects("PF-SUB-002", FAIL, "gets no shared quota")
def shared_quota_without_an_enterprise_agreement(bench: Bench) -> None:
    bench.world(subscriptionKind="PayAsYouGo")
    one = {"model": LLAMA_2, "vmSize": "Standard_ND40rs_v2", "traffic": 100}
    chat = {"name": "shared-endpoint", "sharedQuota": True, "deployments": {"blue": one}}
    bench.configure(projects={"project": {"managed": {"chat": chat}}})


@expects("PF-SUB-004", PASS, "is in SE")
def a_customer_in_sweden(bench: Bench) -> None:
    bench.world(subscriptionKind="PayAsYouGo", billingCountry="SE")


@expects("PF-SUB-004", FAIL, "is in JP")
def a_customer_in_japan(bench: Bench) -> None:
    bench.world(subscriptionKind="PayAsYouGo", billingCountry="JP")


@expects("PF-SUB-004", WARN, "does not tell the billing country of an Enterprise Agreement")
def an_enterprise_customer(bench: Bench) -> None:
    bench.world(subscriptionKind="EnterpriseAgreement")


@expects("PF-PRV-001", WARN, "the deployment registers it")
def an_unregistered_provider(bench: Bench) -> None:
    bench.world(unregisteredProviders=["Microsoft.SaaS"])


def reader(bench: Bench, *more: tuple[list[str], str]) -> NewPrincipal:
    """Somebody with preflight's own role, and what else is given."""
    return bench.principal("somebody", (list(preflight_reader_actions()), SUBSCRIPTION), *more)


@expects("PF-PRV-001", FAIL, "Microsoft.SaaS is NotRegistered, and you may not register it")
def an_unregistered_provider_of_somebody_who_may_not_register(bench: Bench) -> NewPrincipal:
    bench.world(unregisteredProviders=["Microsoft.SaaS"])
    return reader(bench)


@expects("PF-RBAC-001", FAIL, "Microsoft.SaaS/register/action")
@expects("PF-RBAC-002", FAIL, "resourceGroups/write")
@expects("PF-RBAC-004", FAIL, "serverlessEndpoints/*")
def somebody_who_only_reads(bench: Bench) -> NewPrincipal:
    return reader(bench)


@expects("PF-RBAC-001", PASS, "subscribes to every offer already")
@expects("PF-RBAC-004", PASS, "workspaces/project")
@expects("PF-RBAC-002", FAIL, "workspaces/write")
def somebody_who_deploys_in_a_project_that_subscribes(bench: Bench) -> NewPrincipal:
    bench.make_project()
    bench.subscribe()
    deployer = deployer_permissions()
    project = f"{SUBSCRIPTION}{bench.workspace('project')}"
    return reader(bench, ([*deployer.project, *deployer.project_arm_spelling], project))


@expects("PF-RBAC-004", WARN, "one of the two spellings")
def somebody_with_the_documents_spelling_alone(bench: Bench) -> NewPrincipal:
    bench.make_project()
    return reader(bench, (list(deployer_permissions().project), f"{SUBSCRIPTION}{bench.workspace('project')}"))


@expects("PF-RBAC-001", FAIL, "Microsoft.Authorization/roleDefinitions/write")
@expects("PF-RBAC-002", FAIL, "Microsoft.Authorization/roleDefinitions/write")
def deployers_whose_roles_somebody_may_not_make(bench: Bench) -> NewPrincipal:
    somebody = {"principalId": str(uuid.uuid4()), "principalType": "Group", "maySubscribe": True}
    bench.configure(deployers={"team": somebody})
    return reader(bench, (["*/read", "Microsoft.Resources/*"], SUBSCRIPTION))


def a_hub_of_others(bench: Bench) -> None:
    bench.make_project()
    bench.configure(hub={"existing": f"{SUBSCRIPTION}{bench.workspace('hub')}"}, resourceGroup=f"{bench.group}-own")


@expects("PF-RBAC-003", FAIL, "hubs/join/action")
def somebody_who_may_not_join_the_hub(bench: Bench) -> NewPrincipal:
    a_hub_of_others(bench)
    return reader(bench)


@expects("PF-RBAC-003", PASS, "workspaces/hub")
def somebody_who_may_join_the_hub(bench: Bench) -> NewPrincipal:
    a_hub_of_others(bench)
    return reader(bench, (list(project_creator_permissions()), f"{SUBSCRIPTION}{bench.workspace('hub')}"))


def sells_llama_2(bench: Bench) -> str:
    """Configure a model whose Marketplace plan is known, and return the path of its terms."""
    configure_llama_2(bench, "2024-01-15")
    offer = find_model(LLAMA_2).marketplace
    assert offer is not None
    return (
        f"/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/{offer.publisher_id}"
        f"/offers/{offer.offer_id}/plans/{offer.plan_id}/agreements/current"
    )


def answer_terms(bench: Bench, *, accepted: bool) -> None:
    path = sells_llama_2(bench)
    terms = call(bench.arm, "GET", path, "2021-01-01")
    terms["properties"]["accepted"] = accepted
    call(bench.arm, "PUT", path, "2021-01-01", terms)


@expects("PF-MKT-001", PASS, "are accepted")
def terms_that_are_accepted(bench: Bench) -> None:
    answer_terms(bench, accepted=True)


@expects("PF-MKT-001", WARN, "not accepted yet")
def terms_that_are_not_accepted(bench: Bench) -> None:
    answer_terms(bench, accepted=False)


@expects("PF-MKT-001", WARN, "know no Marketplace plan")
def a_plan_that_nobody_knows(bench: Bench) -> None:
    del bench


@expects("PF-MDL-001", FAIL, "is not offered as a serverless API in West Europe")
def a_region_without_the_model(bench: Bench) -> None:
    bench.configure(location="westeurope")


@expects("PF-DAT-001", PASS, "the day on which a local Azure may live")
def a_local_azure_of_another_day(bench: Bench) -> None:
    del bench


@expects("PF-DAT-001", FAIL, "is not today")
def another_day_in_a_cloud_of_azures_own(bench: Bench) -> None:
    bench.is_azures_own = True


@expects("PF-DAT-001", WARN, "models are judged on it and on today")
@expects("PF-MDL-002", FAIL, "was retired on")
def a_look_back_in_a_cloud_of_azures_own(bench: Bench) -> None:
    bench.is_azures_own = True
    bench.configure(allowAsOf=True)


def configure_llama_2(bench: Bench, as_of: str) -> None:
    bench.configure(
        asOf=as_of, projects={"project": {"serverless": [{"model": LLAMA_2, "name": f"{bench.endpoint}-2"}]}}
    )


@expects("PF-MDL-002", FAIL, "is deprecated since")
def a_model_that_is_deprecated(bench: Bench) -> None:
    configure_llama_2(bench, "2025-04-15")


@expects("PF-MDL-002", WARN, "is there already")
def a_deprecated_model_that_is_deployed(bench: Bench) -> None:
    bench.make_project()
    configure_llama_2(bench, "2025-04-15")
    bench.make_endpoint(bench.endpoint, LLAMA_2)


@expects("PF-MDL-002", WARN, "legacy since")
def a_model_that_is_legacy(bench: Bench) -> None:
    configure_llama_2(bench, "2025-03-15")


@expects("PF-MDL-003", FAIL, "as strange-")
def a_model_that_another_stack_deploys(bench: Bench) -> None:
    bench.make_project()
    bench.make_endpoint(bench.name("strange"))


@expects("PF-MDL-003", PASS, "nobody else deploys")
@expects("PF-NAME-003", PASS, "in the stack's resource group")
@expects("PF-NAME-004", PASS, "in the stack's resource group")
@expects("PF-NAME-005", PASS, "is there, so that no deleted one")
def the_stack_is_deployed(bench: Bench) -> None:
    bench.make_project()
    bench.make_endpoint(bench.endpoint)


def own(bench: Bench, *ids: str) -> None:
    """Have the stack own what is there, by its state."""
    held = [{"id": f"{SUBSCRIPTION}{one}", "outputs": {"location": bench.region}} for one in ids]
    state = bench.folder / "state.json"
    state.write_text(json.dumps({"deployment": {"resources": held}}), encoding="utf-8")
    bench.options += ["--state", str(state)]


def an_estate_with_a_guest(bench: Bench) -> None:
    """A hub and a project of the stack's own, and in the hub another project."""
    bench.make_project()
    bench.make_workspace("guest", "Project")
    own(bench, f"/resourceGroups/{bench.group}", bench.workspace("hub"), bench.workspace("project"))


@expects("PF-DEL-001", FAIL, "hub is to be deleted, and in it is what the stack does not own")
def a_hub_that_is_renamed_with_a_guest_in_it(bench: Bench) -> None:
    an_estate_with_a_guest(bench)
    bench.configure(hub={"name": "other"})


@expects("PF-DEL-001", FAIL, "workspaces/guest")
def a_hub_that_moves_with_a_guest_in_it(bench: Bench) -> None:
    an_estate_with_a_guest(bench)
    bench.configure(location="swedencentral")


@expects("PF-DEL-001", FAIL, "is to be deleted, and in it is what the stack does not own")
def a_resource_group_that_is_destroyed_with_a_guest_in_it(bench: Bench) -> None:
    an_estate_with_a_guest(bench)
    bench.options += ["--destroy"]


@expects("PF-DEL-001", PASS, "nothing is in")
def an_estate_that_is_destroyed_with_what_is_its_own(bench: Bench) -> None:
    bench.make_project()
    bench.subscribe()  # for which Azure makes a resource of its own in the group
    own(bench, f"/resourceGroups/{bench.group}", bench.workspace("hub"), bench.workspace("project"))
    bench.options += ["--destroy"]


@expects("PF-DEL-001", FAIL, "of-others")
def a_project_that_is_removed_with_an_endpoint_of_others_in_it(bench: Bench) -> None:
    bench.make_project()
    bench.make_endpoint(bench.name("of-others"))
    own(bench, bench.workspace("project"))
    bench.configure(projects={"another": {"serverless": [{"model": LLAMA_8B}]}})


@expects("PF-ADP-001", FAIL, "is not there, or not for you to see")
def a_resource_group_that_is_said_to_be_there(bench: Bench) -> None:
    bench.configure(existingResourceGroup=True)


@expects("PF-ADP-001", PASS, "is there")
def a_resource_group_of_others(bench: Bench) -> None:
    bench.make_group()
    bench.configure(existingResourceGroup=True)


def a_caller(bench: Bench, principal_id: str) -> None:
    wish_foundry(bench)
    caller = {"principalId": principal_id, "principalType": "ServicePrincipal"}
    bench.configure(foundry={"callers": {"app": caller}})


@expects("PF-RBAC-006", FAIL, "is somebody in a sandbox, and nobody in Azure")
def a_caller_of_an_example_in_azure(bench: Bench) -> None:
    a_caller(bench, "00000000-0000-0000-0000-00000000d3b2")
    bench.is_azures_own = True
    bench.configure(asOf=dt.date.today().isoformat())


@expects("PF-RBAC-006", PASS, "no example")
def a_caller_of_ones_own(bench: Bench) -> None:
    a_caller(bench, str(uuid.uuid4()))


@expects("PF-NAME-007", FAIL, "not in the stack's state")
def the_resource_group_is_there_and_not_in_the_state(bench: Bench) -> None:
    bench.make_group()
    state = bench.folder / "state.json"
    state.write_text('{"deployment": {"resources": []}}', encoding="utf-8")
    bench.options += ["--state", str(state)]


@expects("PF-NAME-001", FAIL, "is already taken")
def a_storage_name_of_another_customer(bench: Bench) -> None:
    bench.world(namesOfOthers=[derived(bench, NameKind.STORAGE_ACCOUNT, "st")])


@expects("PF-NAME-002", FAIL, "is already in use")
def a_vault_name_of_another_customer(bench: Bench) -> None:
    bench.world(namesOfOthers=[derived(bench, NameKind.KEY_VAULT, "kv")])


@expects("PF-NAME-001", PASS, "in the stack's resource group")
def a_storage_account_of_the_stack(bench: Bench) -> None:
    bench.make_group()
    name = derived(bench, NameKind.STORAGE_ACCOUNT, "st")
    path = f"/resourceGroups/{bench.group}/providers/Microsoft.Storage/storageAccounts/{name}"
    bench.put(path, account_body())


@expects("PF-NAME-003", FAIL, "is taken in eastus2")
def an_endpoint_name_of_another_project(bench: Bench) -> None:
    bench.make_project()
    bench.make_workspace("other", "Project")
    bench.make_endpoint(bench.endpoint, project="other")


@expects("PF-NAME-004", FAIL, "as a workspace of the kind hub, not project")
def a_hub_with_the_projects_name(bench: Bench) -> None:
    bench.make_group()
    bench.make_workspace("project")


@expects("PF-NAME-005", FAIL, "a deleted workspace holds the name hub")
def a_soft_deleted_workspace(bench: Bench) -> None:
    bench.world(softDelete=True)
    bench.make_group()
    bench.make_workspace("hub")
    assert bench.arm.call("DELETE", bench.workspace("hub")).is_success


@expects("PF-NAME-006", FAIL, "a deleted key vault in eastus2")
@expects("PF-NAME-002", FAIL, "already exists in deleted state")
def a_soft_deleted_vault(bench: Bench) -> None:
    bench.world(softDelete=True)
    bench.make_group()
    name = derived(bench, NameKind.KEY_VAULT, "kv")
    path = f"/resourceGroups/{bench.group}/providers/Microsoft.KeyVault/vaults/{name}"
    bench.put(path, vault_body())
    assert bench.arm.call("DELETE", path).is_success


# Each world of a Foundry resource has an account of its own; where what others take counts, a counter or region, too.
LLAMA_33, SCOUT = "Llama-3.3-70B-Instruct", "Llama-4-Scout-17B-16E-Instruct"
MAVERICK = "Llama-4-Maverick-17B-128E-Instruct-FP8"
COUNTER = foundry_models()[LLAMA_33].default_version.skus[0].usage_name
UNUSED = foundry_models()[MAVERICK].default_version.skus[0].usage_name
"""Of which no world deploys anything."""
POOL = foundry_models()[SCOUT].default_version.skus[0].usage_name
VERSION = foundry_models()[LLAMA_33].default_version.version
FOUNDRY_DAY = "2026-11-28"


def wish_foundry(bench: Bench, model: str = LLAMA_33, as_of: str = FOUNDRY_DAY, **options: object) -> None:
    """Wish for a Foundry resource with one project and one deployment."""
    chat = {"model": model, "backEnd": "foundry", "foundry": {"name": "chat", **options}}
    bench.configure(
        asOf=as_of, foundry={"name": bench.name("ai")}, projects={"assistants": {"endpoints": {"chat": chat}}}
    )


def account_path(bench: Bench) -> str:
    """Return the path of the account that the stack wishes for."""
    return account(bench.group, bench.name("ai"))


def make_foundry(bench: Bench, *deployments: str, **body: object) -> None:
    """Make the account that the stack wishes for, and deployments in it."""
    bench.make_group()
    bench.put(account_path(bench), {**foundry_account_body(bench.name("ai")), "location": bench.region})
    for name in deployments:
        bench.put(f"{account_path(bench)}/deployments/{name}", deployment_body(**body))  # type: ignore[arg-type]


def delete_foundry(bench: Bench) -> None:
    """Delete the account that the stack wishes for: it is soft-deleted."""
    assert bench.arm.call("DELETE", account_path(bench)).is_success
    wait_until(lambda: bench.arm.call("GET", account_path(bench)).status_code == 404)


@expects("PF-MDL-004", PASS, "Azure lists version")
@expects("PF-MDL-005", PASS, "can be deployed on")
@expects("PF-QTA-002", PASS, f"10 more units of {COUNTER} are needed")
@expects("PF-NAME-008", PASS, "is free")
@expects("PF-NAME-009", PASS, "no deleted account")
@expects("PF-LIM-002", PASS, "the limit is 32")
@expects("PF-RBAC-005", PASS, "you may do what it takes")
@expects("PF-DAT-002", PASS, "days before")
@expects("PF-POL-001", WARN, "is not there yet")
def a_wish_for_a_foundry_resource(bench: Bench) -> None:
    wish_foundry(bench)


@expects("PF-MDL-002", WARN, "is retired, as a third party has it, on 2026-11-19, in 19 days")
def a_model_within_its_notice(bench: Bench) -> None:
    wish_foundry(bench, MAVERICK, "2026-10-31")


@expects("PF-DAT-002", WARN, "days before 2027-06-01")
def an_old_catalogue(bench: Bench) -> None:
    wish_foundry(bench, as_of="2027-06-01")
    bench.configure(projects={"assistants": {"endpoints": {"chat": {"model": SCOUT, "backEnd": "foundry"}}}})


@expects("PF-MDL-004", FAIL, f"Azure does not list {LLAMA_33} of the format Meta in East US 2")
def a_region_that_lists_no_such_model(bench: Bench) -> None:
    bench.world(foundryModels={LLAMA_33: {"regions": ["swedencentral"]}})
    wish_foundry(bench)


@expects("PF-MDL-005", WARN, f"version {VERSION} of {LLAMA_33} is retired on 2026-12-31, in 33 days")
def a_version_that_azure_retires_within_its_notice(bench: Bench) -> None:
    bench.world(foundryModels={LLAMA_33: {"ends": "2026-12-31", "replacement": MAVERICK}})
    wish_foundry(bench)


@expects("PF-MDL-005", FAIL, "is retired on 2026-11-28, that day has come")
def a_version_that_azure_has_retired(bench: Bench) -> None:
    bench.world(foundryModels={LLAMA_33: {"ends": "2026-11-28"}})
    wish_foundry(bench)


@expects("PF-MDL-005", WARN, "chat is there already")
def a_retired_version_that_is_deployed(bench: Bench) -> None:
    wish_foundry(bench)
    make_foundry(bench, "chat")
    bench.world(foundryModels={LLAMA_33: {"ends": "2026-11-28"}})


@expects("PF-QTA-002", FAIL, f"400 more units of {UNUSED} are needed, 399 of 399 are free (0 in use by all)")
def too_little_capacity(bench: Bench) -> None:
    bench.world(foundryQuotas={UNUSED: 399})
    wish_foundry(bench, MAVERICK, capacity=400)


@expects("PF-QTA-002", FAIL, "some 399,000 of 500,000 tokens a minute can be had")
def a_capacity_that_the_counter_does_not_give(bench: Bench) -> None:
    bench.world(foundryQuotas={UNUSED: 399})
    wish_foundry(bench)
    chat = {"model": MAVERICK, "backEnd": "foundry", "capacity": {"tokensPerMinute": 500_000}}
    bench.configure(projects={"assistants": {"endpoints": {"chat": chat}}})


@expects("PF-QTA-002", FAIL, f"1 more units of {POOL} are needed, ")
def a_pool_that_an_account_in_another_region_has_taken(bench: Bench) -> None:
    bench.configure(location="swedencentral")
    wish_foundry(bench)
    make_foundry(bench, "scout", model=SCOUT, version="1", capacity=1)
    bench.world(foundryQuotas={POOL: 1})
    bench.configure(location="eastus2", resourceGroup=f"{bench.group}-own")
    wish_foundry(bench, SCOUT)


@expects("PF-QTA-002", FAIL, "deleted accounts hold theirs until they are purged: ai-")
def capacity_that_a_deleted_account_holds(bench: Bench) -> None:
    bench.world(softDelete=True)
    wish_foundry(bench)
    make_foundry(bench, "scout", model=SCOUT, version="1", capacity=1)
    delete_foundry(bench)
    bench.world(foundryQuotas={POOL: 1})
    wish_foundry(bench, SCOUT)


@expects("PF-QTA-002", PASS, "0 more units of")
@expects("PF-NAME-008", PASS, "in the stack's resource group")
@expects("PF-NAME-009", PASS, "so that no deleted one")
@expects("PF-POL-001", PASS, "no policy speaks against")
def a_foundry_resource_that_is_deployed(bench: Bench) -> None:
    wish_foundry(bench)
    make_foundry(bench, "chat")
    path = f"/providers/Microsoft.CognitiveServices/locations/{bench.region}/usages"
    usages = call(bench.arm, "GET", path, "2025-06-01")["value"]
    used = next(one["currentValue"] for one in usages if one["name"]["value"] == COUNTER)
    bench.world(foundryQuotas={COUNTER: used})  # all that there is, and this stack's share of it is no more needed


@expects("PF-NAME-008", FAIL, "is not to be had")
def a_subdomain_of_another_customer(bench: Bench) -> None:
    wish_foundry(bench)
    bench.world(namesOfOthers=[bench.name("ai")])


@expects("PF-NAME-009", FAIL, "holds the name ai-")
@expects("PF-NAME-008", FAIL, "is not to be had")
def a_deleted_account_of_that_name(bench: Bench) -> None:
    bench.world(softDelete=True)
    wish_foundry(bench)
    make_foundry(bench)
    delete_foundry(bench)


@expects("PF-NAME-009", PASS, "it is restored")
def a_deleted_account_that_is_restored(bench: Bench) -> None:
    a_deleted_account_of_that_name(bench)
    bench.configure(foundry={"name": bench.name("ai"), "restore": True})


@expects("PF-NAME-009", FAIL, "is restored nowhere else")
def a_deleted_account_of_another_region(bench: Bench) -> None:
    a_deleted_account_that_is_restored(bench)
    bench.configure(location="swedencentral")


@expects("PF-LIM-002", FAIL, "32 deployments are there and 1 come to them; the limit is 32")
def an_account_full_of_deployments(bench: Bench) -> None:
    wish_foundry(bench)
    make_foundry(bench, *(f"full-{number}" for number in range(32)), capacity=1)


@expects("PF-RBAC-005", FAIL, "Microsoft.CognitiveServices/accounts/deployments/write")
def somebody_who_only_reads_foundry(bench: Bench) -> NewPrincipal:
    wish_foundry(bench)
    return reader(bench)


@expects("PF-POL-001", FAIL, f"Azure Policy denies {LLAMA_33}")
def a_policy_that_denies_the_model(bench: Bench) -> None:
    wish_foundry(bench)
    make_foundry(bench)
    assign_approved_models(bench, "Deny")


@expects("PF-POL-001", WARN, "(Audit), which does not refuse it")
def a_policy_that_audits_the_model(bench: Bench) -> None:
    wish_foundry(bench)
    make_foundry(bench)
    assign_approved_models(bench, "Audit")


def assign_approved_models(bench: Bench, effect: str) -> None:
    """Assign Azure's policy of approved models to the stack's group, with nothing approved."""
    definition = "/providers/Microsoft.Authorization/policyDefinitions/aafe3651-cb78-4f68-9f81-e7e41509110f"
    parameters = {"effect": {"value": effect}, "allowedPublishers": {"value": ["OpenAI"]}}
    path = f"/resourceGroups/{bench.group}/providers/Microsoft.Authorization/policyAssignments/approved"
    body = {"properties": {"policyDefinitionId": definition, "parameters": parameters}}
    call(bench.arm, "PUT", path, "2024-04-01", body)


@expects("PF-SUB-002", FAIL, "cannot buy the Marketplace offers of models")
def a_partners_model_of_a_subscription_that_buys_none(bench: Bench) -> None:
    wish_foundry(bench, SCOUT)
    bench.world(subscriptionKind="CloudSolutionProvider")


# Each world of managed compute has a region of its own: its quota and its endpoints are all in there.


@expects("PF-QTA-001", PASS, "more cores are needed")
def enough_cores(bench: Bench) -> None:
    bench.configure(location="eastus")
    grant_cores(bench, ONE_INSTANCE)
    configure_managed(bench)


@expects("PF-QTA-001", PASS, "up to 0 more cores are needed, 0 of 128 are free")
def cores_that_the_stack_holds_already(bench: Bench) -> None:
    bench.configure(location="southcentralus")
    grant_cores(bench, ONE_INSTANCE)
    bench.make_project()
    make_online(bench, bench.name("chat"), instances=1)
    configure_managed(bench)


@expects("PF-QTA-001", FAIL, "up to 128 more cores are needed, 127 of 127 are free")
def one_core_too_few_for_the_reserve(bench: Bench) -> None:
    bench.configure(location="westus")
    grant_cores(bench, ONE_INSTANCE - 1)
    configure_managed(bench)


@expects("PF-QTA-001", FAIL, "some 50 of 100 requests a minute can be had")
def a_capacity_that_takes_more_cores_than_there_are(bench: Bench) -> None:
    bench.configure(location="westus2")
    cores = cores_needed(find_vm_size(T4), 10)
    grant_cores(bench, cores // 2)
    chat = {
        "model": LLAMA_8B,
        "backEnd": "managed",
        "capacity": {"requestsPerMinute": 100, "perInstance": {"requestsPerMinute": 10}},
        "managed": {
            "name": bench.name("chat"),
            "deployments": {"blue": {"version": "1", "vmSize": T4, "traffic": 100}},
        },
    }
    bench.configure(projects={"project": {"endpoints": {"chat": chat}}})


@expects("PF-QTA-001", FAIL, "0 of 128 are free (128 in use by all deployments)")
def cores_that_other_deployments_use(bench: Bench) -> None:
    bench.configure(location="westus3")
    grant_cores(bench, ONE_INSTANCE)
    bench.make_project()
    make_online(bench, bench.name("of-others"), instances=1)
    bench.configure(resourceGroup=f"{bench.group}-own")
    configure_managed(bench)


@expects("PF-QTA-001", WARN, "not for what autoscale may grow to")
def cores_for_now_but_not_for_autoscale(bench: Bench) -> None:
    bench.configure(location="westeurope")
    grant_cores(bench, ONE_INSTANCE)
    configure_managed(bench, autoscale={"minimum": 1, "maximum": 3})


@expects("PF-LIM-001", FAIL, "some 1,333 of 2,000 requests a minute can be had")
def a_capacity_that_takes_more_endpoints_than_a_region_has(bench: Bench) -> None:
    bench.configure(location="westus")
    bench.make_project()
    for number in range(limits()["endpointsPerRegion"] - 2):
        make_online(bench, f"full-{number}")
    asked = {"requestsPerMinute": 2 * limits()["requestsPerMinute"], "retiring": 1}
    chat = {"model": LLAMA_8B, "backEnd": "serverless", "capacity": asked}
    bench.configure(projects={"project": {"endpoints": {"chat": chat}}})


@expects("PF-LIM-001", FAIL, "100 endpoints are there and 1 come to them; the limit is 100")
def a_region_full_of_endpoints(bench: Bench) -> None:
    bench.configure(location="northcentralus")
    bench.make_project()
    for number in range(limits()["endpointsPerRegion"]):
        make_online(bench, f"full-{number}")
    bench.configure(resourceGroup=f"{bench.group}-own")
    configure_managed(bench)


@expects("PF-ADP-001", PASS, "hub is there")
def a_hub_that_is_adopted(bench: Bench) -> None:
    a_hub_of_others(bench)


@expects("PF-ADP-001", FAIL, "is not there")
def a_hub_that_is_nowhere(bench: Bench) -> None:
    bench.configure(hub={"existing": f"{SUBSCRIPTION}{bench.workspace('nowhere')}"})


@expects("PF-ADP-001", FAIL, "is of the kind project, not hub")
def a_project_adopted_as_a_hub(bench: Bench) -> None:
    bench.make_project()
    bench.configure(hub={"existing": f"{SUBSCRIPTION}{bench.workspace('project')}"})


@expects("PF-ADP-001", FAIL, "lies in eastus2, the stack in swedencentral")
def a_hub_in_another_region(bench: Bench) -> None:
    a_hub_of_others(bench)
    bench.configure(location="swedencentral")


@expects("PF-ADP-001", FAIL, "is a Microsoft.KeyVault/vaults, not a Microsoft.Storage/storageAccounts")
def a_vault_adopted_as_a_storage_account(bench: Bench) -> None:
    vault = f"{bench.group_id}/providers/Microsoft.KeyVault/vaults/kv"
    bench.configure(hub={"name": "hub", "storageAccount": vault})


# What has callers: in a region of their own, whose quota no world counts.
CALLED_IN = "uksouth"


def called(bench: Bench) -> None:
    """Make a project whose endpoint sends all requests to blue, and configure it as it is."""
    bench.configure(location=CALLED_IN)
    bench.world(defaultCoreQuota=25_600)  # for all of these worlds together
    bench.make_project()
    name = bench.name("chat")
    make_online(bench, name, instances=1)
    path = f"{bench.workspace('project')}/onlineEndpoints/{name}"
    bench.put(path, {"location": CALLED_IN, "properties": {"authMode": "Key", "traffic": {"blue": 100}}})
    configure_managed(bench)


@expects("PF-TRF-001", PASS, "is not there yet")
def an_endpoint_that_is_not_there_yet(bench: Bench) -> None:
    bench.make_project()
    configure_managed(bench)


@expects("PF-TRF-001", PASS, "nobody calls chat-")
def another_vm_size_of_a_deployment_without_requests(bench: Bench) -> None:
    bench.configure(location=CALLED_IN)
    bench.world(defaultCoreQuota=25_600)
    bench.make_project()
    make_online(bench, bench.name("chat"), instances=1)
    configure_managed(bench, vmSize=A100)


@expects("PF-TRF-001", PASS, "notice nothing")
def an_endpoint_with_callers_that_stays_as_it_is(bench: Bench) -> None:
    called(bench)


@expects("PF-TRF-001", WARN, "has 100 % of the requests of chat-")
@expects("PF-TRF-001", WARN, f"another VM size ({T4} now, {A100} then)")
def another_vm_size_of_a_deployment_with_requests(bench: Bench) -> None:
    called(bench)
    configure_managed(bench, vmSize=A100)


@expects("PF-TRF-001", WARN, f"another model in its place ({LLAMA_8B}/versions/1 now, {LLAMA_8B}/versions/2 then)")
def another_model_of_a_deployment_with_requests(bench: Bench) -> None:
    called(bench)
    configure_managed(bench, version="2")


def change_endpoint(bench: Bench, **changes: object) -> None:
    """Configure the same endpoint with other settings."""
    (chat,) = bench.config["llama-azure:projects"]["project"]["managed"].values()
    bench.configure(projects={"project": {"managed": {"chat": {**chat, **changes}}}})


@expects("PF-TRF-001", WARN, "sign in by Key and are refused once it takes AADToken")
def another_sign_in_of_an_endpoint_with_callers(bench: Bench) -> None:
    called(bench)
    change_endpoint(bench, authMode="AADToken")


@expects("PF-TRF-001", FAIL, "keeps its identity for life (SystemAssigned)")
def another_identity_of_an_endpoint(bench: Bench) -> None:
    called(bench)
    identity = f"{bench.group_id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/another"
    change_endpoint(bench, identity=identity)


@expects("PF-TRF-001", WARN, "is deleted and made anew, because shared quota cannot be set")
def shared_quota_of_an_endpoint_with_callers(bench: Bench) -> None:
    called(bench)
    shared = {"model": LLAMA_2, "vmSize": "Standard_ND40rs_v2", "traffic": 100}
    change_endpoint(bench, sharedQuota=True, deployments={"blue": shared})


@expects("PF-TRF-001", WARN, f"serves {LLAMA_2} and is deleted and made anew for {LLAMA_8B}")
def another_model_behind_a_serverless_endpoint(bench: Bench) -> None:
    bench.make_project()
    bench.make_endpoint(bench.endpoint, LLAMA_2)


@expects("PF-NET-001", PASS, "is open to public networks")
def an_open_stack(bench: Bench) -> None:
    configure_managed(bench)


CLOSED = {"name": "hub", "publicNetworkAccess": False}


@expects("PF-NET-001", PASS, "has to stand where the private endpoints in")
def a_closed_hub_with_a_network(bench: Bench) -> None:
    bench.configure(hub=CLOSED, network={"addressSpace": "10.20.0.0/24"})


@expects("PF-NET-001", WARN, "no private endpoint leads to its hub: nobody could call")
def a_closed_hub_without_a_network(bench: Bench) -> None:
    bench.configure(hub=CLOSED)


@expects("PF-NET-001", WARN, "no private endpoint leads to its hub: nobody could call")
def a_closed_hub_of_others(bench: Bench) -> None:
    bench.make_group()
    closed = {"publicNetworkAccess": "Disabled"}
    bench.put(bench.workspace("hub"), {"location": bench.region, "kind": "Hub", "properties": closed})
    bench.configure(hub={"existing": f"{SUBSCRIPTION}{bench.workspace('hub')}"}, resourceGroup=f"{bench.group}-own")


@expects("PF-NET-001", PASS, "/privateEndpoints/theirs leads to its hub")
def a_closed_hub_of_others_with_a_way_in(bench: Bench) -> None:
    a_closed_hub_of_others(bench)
    make_private_endpoint(bench, "theirs", f"{SUBSCRIPTION}{bench.workspace('hub')}")


def make_private_endpoint(bench: Bench, name: str, target: str) -> None:
    """Make a virtual network, and a private endpoint of a hub in it."""
    network = f"/resourceGroups/{bench.group}/providers/Microsoft.Network/virtualNetworks/vnet"
    space = {"addressSpace": {"addressPrefixes": ["10.30.0.0/24"]}}
    subnets = [{"name": "endpoints", "properties": {"addressPrefix": "10.30.0.0/26"}}]
    bench.put(network, {"location": bench.region, "properties": {**space, "subnets": subnets}})
    connection = {"privateLinkServiceId": target, "groupIds": ["amlworkspace"]}
    bench.put(
        f"/resourceGroups/{bench.group}/providers/Microsoft.Network/privateEndpoints/{name}",
        {
            "location": bench.region,
            "properties": {
                "subnet": {"id": f"{SUBSCRIPTION}{network}/subnets/endpoints"},
                "privateLinkServiceConnections": [{"name": name, "properties": connection}],
            },
        },
    )


def wish_gateway(bench: Bench) -> None:
    """Have the stack want a gateway before a Foundry deployment, on a network of its own."""
    wish_foundry(bench)
    bench.configure(
        network={"addressSpace": "10.20.0.0/24", "subnetAddressPrefix": "10.20.0.0/26"},
        gateway={
            "name": "gateway",
            "subnetAddressPrefix": "10.20.0.64/27",
            "database": {"name": bench.name("psql")},
            "redis": {"name": bench.name("redis")},
        },
    )


def server_path(bench: Bench) -> str:
    """The path of the gateway's server below the subscription."""
    group = f"/resourceGroups/{bench.group}/providers"
    return f"{group}/Microsoft.DBforPostgreSQL/flexibleServers/{bench.name('psql')}"


@expects("PF-PRV-002", PASS, "is offered in eastus2")
@expects("PF-NAME-010", PASS, "is free")
@expects("PF-NAME-011", PASS, "there is no Microsoft.App/containerApps gateway yet")
def a_wish_for_a_gateway(bench: Bench) -> None:
    wish_gateway(bench)


@expects("PF-PRV-002", FAIL, "Microsoft.Cache/redisEnterprise is not offered in eastus2")
def a_region_without_managed_redis(bench: Bench) -> None:
    wish_gateway(bench)
    bench.world(notOffered={"Microsoft.Cache/redisEnterprise": [bench.region]})


@expects("PF-NAME-010", FAIL, "is already used")
def a_servers_name_that_somebody_has(bench: Bench) -> None:
    wish_gateway(bench)
    bench.world(namesOfOthers=[bench.name("psql")])


@expects("PF-NAME-010", PASS, "in the stack's resource group")
def a_server_that_is_there(bench: Bench) -> None:
    wish_gateway(bench)
    bench.make_group()
    auth = {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled"}
    sku = {"name": "Standard_B2s", "tier": "Burstable"}
    bench.put(server_path(bench), {"location": bench.region, "sku": sku, "properties": {"authConfig": auth}})


@expects("PF-NAME-011", FAIL, "is there in westus, not eastus2")
def an_environment_in_another_region(bench: Bench) -> None:
    wish_gateway(bench)
    bench.make_group()
    path = f"/resourceGroups/{bench.group}/providers/Microsoft.App/managedEnvironments/cae-gateway"
    bench.put(path, {"location": "westus", "properties": {}})


def others(bench: Bench) -> dict[str, str]:
    """Return the ids of the resources that a hub can stand on, by their names in the settings."""
    providers = f"{bench.group_id}/providers"
    return {
        "storageAccount": f"{providers}/Microsoft.Storage/storageAccounts/stadopted",
        "keyVault": f"{providers}/Microsoft.KeyVault/vaults/kv-adopted",
        "applicationInsights": f"{providers}/Microsoft.Insights/components/appi",
        "logAnalyticsWorkspace": f"{providers}/Microsoft.OperationalInsights/workspaces/log-adopted",
        "containerRegistry": f"{providers}/Microsoft.ContainerRegistry/registries/cradopted",
    }


CALLERS = {"app": {"principalId": "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234", "principalType": "User"}}


def blue(model: str) -> dict[str, Any]:
    return {"blue": {"model": model, "version": "1", "vmSize": T4, "traffic": 100}}


def stacks_of_every_check(bench: Bench) -> list[dict[str, Any]]:
    """Return the settings of stacks that between them concern every check, and have each question put."""
    offer = {"model": LLAMA_2, "name": "least-role-endpoint"}
    project = f"{SUBSCRIPTION}{bench.workspace('project')}"
    online = {"managed": {"chat": {"name": "own-endpoint", "deployments": blue(LLAMA_8B)}}}
    chat = {"existing": bench.name("adopted"), "deployments": blue(LLAMA_8B)}
    scout = {"endpoints": {"chat": {"model": SCOUT, "backEnd": "foundry"}}}
    filled = {"endpoints": {"chat": {"model": LLAMA_33, "backEnd": "foundry", "foundry": {"capacity": 100}}}}
    day = {"asOf": FOUNDRY_DAY}
    gateway = {
        "network": {"addressSpace": "10.20.0.0/24", "subnetAddressPrefix": "10.20.0.0/26"},
        "gateway": {"subnetAddressPrefix": "10.20.0.64/27"},
        "apiManagement": {"service": f"{bench.group_id}/providers/Microsoft.ApiManagement/service/apim"},
    }
    network = f"{bench.group_id}/providers/Microsoft.Network"
    zone = f"{network}/privateDnsZones/privatelink.api.azureml.ms"
    return [
        {"foundry": {"existing": f"{SUBSCRIPTION}{account_path(bench)}"}, "projects": {"assistants": filled}, **day},
        {
            "foundry": {"name": bench.name("other"), "callers": CALLERS},
            "projects": {"assistants": scout},
            **day,
        },
        {**gateway, "projects": {"assistants": scout}, **day},
        {
            **dict.fromkeys((*gateway, "foundry")),
            "hub": {"name": "hub"},
            "projects": {"project": {"serverless": [offer], **online}},
        },
        {
            "hub": {"name": "other-hub", **others(bench)},
            "network": {"subnet": f"{network}/virtualNetworks/v/subnets/s", "privateDnsZones": [zone]},
            "projects": {"adopted": {"existing": project, "serverless": [offer], "managed": {"chat": chat}}},
        },
    ]
