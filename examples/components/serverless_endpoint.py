"""The model as a serverless API: no virtual machines, no quota of one's own, a key and a URI."""

import pulumi
from ai_project import PROJECT
from marketplace_subscription import MODEL, offer
from place import GROUP, LOCATION, SUBSCRIPTION_ID, TAGS

from llama_azure import ServerlessEndpoint
from llama_azure_core.naming import NameKind, derive_name

endpoint = ServerlessEndpoint(
    "llama",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "project_name": PROJECT,
        "endpoint_name": derive_name(NameKind.SERVERLESS_ENDPOINT, MODEL.name, scope=(SUBSCRIPTION_ID, GROUP)),
        "model_id": MODEL.registry_model_id,
        "tags": TAGS,
    },
    # The endpoint needs the subscription, and goes before it.
    pulumi.ResourceOptions(depends_on=[offer]),
)
pulumi.export("uri", endpoint.uri)
pulumi.export("key", endpoint.primary_key)
