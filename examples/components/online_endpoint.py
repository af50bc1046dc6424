"""An online endpoint: one URI for models on virtual machines of one's own. Callers sign in with Microsoft Entra ID."""

import pulumi
from ai_project import PROJECT, in_project
from place import GROUP, LOCATION, SUBSCRIPTION_ID, TAGS

from llama_azure import OnlineEndpoint
from llama_azure_core.naming import NameKind, derive_name

ENDPOINT = derive_name(NameKind.ONLINE_ENDPOINT, "completions", scope=(SUBSCRIPTION_ID, GROUP))

endpoint = OnlineEndpoint(
    "completions",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "project_name": PROJECT,
        "endpoint_name": ENDPOINT,
        "auth_mode": "AADToken",
        "public_network_access": False,
        "tags": TAGS,
    },
    in_project,
)
pulumi.export("scoringUri", endpoint.scoring_uri)
