"""The Foundry deployment behind an API Management service, which somebody else's program would have made."""

import pulumi
from foundry_account import ACCOUNT, account
from model_deployment import deployment
from place import GROUP, LOCATION, SUBSCRIPTION_ID, TAGS, in_group
from pulumi_azure_native import apimanagement

from llama_azure import ApiManagementBackends
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT

service = apimanagement.ApiManagementService(
    "service",
    resource_group_name=GROUP,
    service_name=derive_name(NameKind.FOUNDRY_ACCOUNT, "apim", GROUP, scope=(SUBSCRIPTION_ID,)),
    location=LOCATION,
    publisher_email="platform@example.com",
    publisher_name="Platform",
    sku=apimanagement.ApiManagementServiceSkuPropertiesArgs(name="StandardV2", capacity=1),
    identity=apimanagement.ApiManagementServiceIdentityArgs(type="SystemAssigned"),
    tags=TAGS,
    opts=in_group,
)
host = deployment.base_url.apply(lambda url: url.partition("/openai/")[0])

backends = ApiManagementBackends(
    "backends",
    {
        "service_id": service.id,
        "api_name": "llama",
        "models": {
            "chat": [
                {"url": pulumi.Output.format("{0}/openai/deployments/{1}", host, deployment.deployment_name)},
            ]
        },
        "tokens_per_minute": 50_000,
        "subscriptions": ["search"],
        "account_ids": [
            f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{GROUP}/providers/{AI_SERVICES_ACCOUNT}/{ACCOUNT}",
        ],
    },
    pulumi.ResourceOptions(depends_on=[account, deployment]),
)
pulumi.export("apiUrl", backends.base_url)
