"""A Foundry resource: it takes no keys, and the application may call what is deployed in it."""

import pulumi
from place import GROUP, LOCATION, SUBSCRIPTION_ID, TAGS, in_group

from llama_azure import FoundryAccount
from llama_azure_core.naming import NameKind, derive_name

ACCOUNT = derive_name(NameKind.FOUNDRY_ACCOUNT, "ai", GROUP, scope=(SUBSCRIPTION_ID, GROUP))

account = FoundryAccount(
    "account",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "account_name": ACCOUNT,
        # The object id of the application that calls.
        "callers": {
            "app": {"principal_id": "00000000-0000-0000-0000-00000000aaaa", "principal_type": "ServicePrincipal"}
        },
        "tags": TAGS,
    },
    in_group,
)
pulumi.export("foundryUrl", account.base_url)
