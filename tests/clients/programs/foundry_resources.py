"""azure-mgmt-cognitiveservices, unmodified: a Foundry resource from its making to its purge. Prints JSON."""

import json
import os
from collections.abc import Callable
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient
from azure.mgmt.cognitiveservices import models as shapes
from azure.mgmt.resource.resources import ResourceManagementClient

MODEL, GROUP, ACCOUNT, REGION = os.environ["MODEL"], "rg-mgmt", "fnd-mgmt", "eastus2"
SCOPES: dict[str, Any] = {"credential_scopes": ["https://management.azure.com/.default"]}


def client(make: Callable[..., Any]) -> Any:
    return make(
        DefaultAzureCredential(), os.environ["AZURE_SUBSCRIPTION_ID"], base_url=os.environ["SANDBOX_ARM_URL"], **SCOPES
    )


services = client(CognitiveServicesManagementClient)


def refusal(call: Callable[[], Any]) -> list[Any]:
    try:
        call()
    except HttpResponseError as error:
        return [error.status_code, error.error.code if error.error else None]
    return []


def account() -> shapes.Account:
    return shapes.Account(
        location=REGION,
        kind="AIServices",
        sku=shapes.Sku(name="S0"),
        identity=shapes.Identity(type="SystemAssigned"),
        properties=shapes.AccountProperties(
            custom_sub_domain_name=ACCOUNT, allow_project_management=True, disable_local_auth=True
        ),
    )


def model() -> Any:
    """Return what the region lists of the model in its default version."""
    listed = [one.model for one in services.models.list(REGION)]
    return next(one for one in listed if one.name == MODEL and one.is_default_version)


def usage(name: str) -> int:
    return int(next(one.current_value for one in services.usages.list(REGION) if one.name.value == name))


def made() -> dict[str, Any]:
    shown = services.accounts.begin_create(GROUP, ACCOUNT, account()).result()
    return {"state": shown.properties.provisioning_state, "identity": bool(shown.identity.principal_id)}


def project() -> dict[str, Any]:
    body = shapes.Project(
        location=REGION,
        identity=shapes.Identity(type="SystemAssigned"),
        properties=shapes.ProjectProperties(display_name="assistants"),
    )
    shown = services.projects.begin_create(GROUP, ACCOUNT, "assistants", body).result()
    return {"state": shown.properties.provisioning_state, "endpoints": list(shown.properties.endpoints)}


def content_filter() -> dict[str, Any]:
    services.rai_blocklists.create_or_update(GROUP, ACCOUNT, "words", shapes.RaiBlocklist())
    item = shapes.RaiBlocklistItemBulkRequest(
        name="one", properties=shapes.RaiBlocklistItemProperties(pattern="x", is_regex=False)
    )
    services.rai_blocklist_items.batch_add(GROUP, ACCOUNT, "words", [item])
    entry = shapes.RaiPolicyContentFilter(
        name="Hate", enabled=True, blocking=True, source="Prompt", severity_threshold="Low"
    )
    blocked = shapes.CustomBlocklistConfig(blocklist_name="words", blocking=True, source="Prompt")
    properties = shapes.RaiPolicyProperties(
        base_policy_name="Microsoft.DefaultV2", content_filters=[entry], custom_blocklists=[blocked]
    )
    shown = services.rai_policies.create_or_update(GROUP, ACCOUNT, "strict", shapes.RaiPolicy(properties=properties))
    return {
        "type": shown.properties.type,
        "items": [one.name for one in services.rai_blocklist_items.list(GROUP, ACCOUNT, "words")],
        "policies": sorted(one.name for one in services.rai_policies.list(GROUP, ACCOUNT)),
        "offered": len(list(services.rai_content_filters.list(REGION))),
    }


def deployment() -> dict[str, Any]:
    listed = model()
    sku = listed.skus[0]
    before = usage(sku.usage_name)
    own = shapes.DeploymentModel(format=listed.format, name=listed.name, version=listed.version)
    body = shapes.Deployment(
        sku=shapes.Sku(name=sku.name, capacity=sku.capacity.minimum),
        properties=shapes.DeploymentProperties(
            model=own, rai_policy_name="strict", version_upgrade_option="NoAutoUpgrade"
        ),
    )
    shown = services.deployments.begin_create_or_update(GROUP, ACCOUNT, "chat", body).result()
    patch = shapes.PatchResourceTagsAndSku(sku=shapes.Sku(name=sku.name, capacity=sku.capacity.minimum + 1))
    larger = services.deployments.begin_update(GROUP, ACCOUNT, "chat", patch).result()
    return {
        "state": shown.properties.provisioning_state,
        "limits": [one.key for one in shown.properties.rate_limits],
        "grown": larger.sku.capacity - shown.sku.capacity,
        "used": usage(sku.usage_name) - before,
        "skus": [one.sku.name for one in services.deployments.list_skus(GROUP, ACCOUNT, "chat")]
        == [one.name for one in listed.skus],
        "refused": refusal(
            lambda: services.deployments.begin_create_or_update(
                GROUP,
                ACCOUNT,
                "none",
                shapes.Deployment(
                    sku=body.sku,
                    properties=shapes.DeploymentProperties(
                        model=shapes.DeploymentModel(format=listed.format, name=listed.name, version="999")
                    ),
                ),
            ).result()
        ),
    }


def connection() -> dict[str, Any]:
    properties = shapes.ApiKeyAuthConnectionProperties(
        category="ApiKey", target="https://example.org", credentials=shapes.ConnectionApiKey(key="hidden")
    )
    body = shapes.ConnectionPropertiesV2BasicResource(properties=properties)
    shown = services.account_connections.create(GROUP, ACCOUNT, "outside", body)
    services.project_connections.create(GROUP, ACCOUNT, "assistants", "outside", body)
    listed = list(services.project_connections.list(GROUP, ACCOUNT, "assistants", category="ApiKey"))
    return {"target": shown.properties.target, "key": shown.properties.credentials, "listed": len(listed)}


def asked() -> dict[str, Any]:
    kind = "Microsoft.CognitiveServices/accounts"
    domain = services.check_domain_availability(subdomain_name=ACCOUNT, type=kind, kind="AIServices")
    skus = services.check_sku_availability(REGION, skus=["S0"], kind="AIServices", type=kind)
    capacities = services.model_capacities.list(model_format="Meta", model_name=MODEL, model_version=model().version)
    return {
        "domain": domain.is_subdomain_available,
        "sku": [one.sku_available for one in skus.value],
        "regions": REGION in {one.location for one in capacities},
        "group": [one.properties.group_id for one in services.private_link_resources.list(GROUP, ACCOUNT).value],
        "of_account": MODEL in {one.name for one in services.accounts.list_models(GROUP, ACCOUNT)},
        "account_skus": [one.sku.name for one in services.accounts.list_skus(GROUP, ACCOUNT).value],
        "skus": [one.name for one in services.resource_skus.list()],
        "keys": refusal(lambda: services.accounts.list_keys(GROUP, ACCOUNT)),
    }


def deleted() -> dict[str, Any]:
    nested = refusal(lambda: services.accounts.begin_delete(GROUP, ACCOUNT).result())
    services.projects.begin_delete(GROUP, ACCOUNT, "assistants").result()
    services.deployments.begin_delete(GROUP, ACCOUNT, "chat").result()
    services.rai_policies.begin_delete(GROUP, ACCOUNT, "strict").result()
    services.accounts.begin_delete(GROUP, ACCOUNT).result()
    held = [one.name for one in services.deleted_accounts.list()]
    flag = refusal(lambda: services.accounts.begin_create(GROUP, ACCOUNT, account()).result())
    restored = account()
    restored.properties.restore = True
    state = services.accounts.begin_create(GROUP, ACCOUNT, restored).result().properties.provisioning_state
    services.accounts.begin_delete(GROUP, ACCOUNT).result()
    dates = services.deleted_accounts.get(REGION, GROUP, ACCOUNT).properties
    services.deleted_accounts.begin_purge(REGION, GROUP, ACCOUNT).result()
    return {
        "nested": nested,
        "held": held,
        "flag": flag,
        "restored": state,
        "dates": bool(dates.deletion_date and dates.scheduled_purge_date),
        "left": len(list(services.deleted_accounts.list())),
    }


client(ResourceManagementClient).resource_groups.create_or_update(GROUP, {"location": REGION})
print(
    json.dumps(
        {step.__name__: step() for step in (made, project, content_filter, deployment, connection, asked, deleted)}
    )
)
