"""Where the examples lie, and the options that let them wait for it."""

import pulumi
from pulumi_azure_native import authorization, resources

LOCATION = "swedencentral"
GROUP = "rg-llama-examples"
SUBSCRIPTION_ID = authorization.get_client_config().subscription_id

# The guardrails ask for both on everything that costs money.
TAGS: dict[str, pulumi.Input[str]] = {"environment": pulumi.get_stack(), "managed-by": "pulumi"}

group = resources.ResourceGroup("group", resource_group_name=GROUP, location=LOCATION, tags=TAGS)
# Names go in as plain values and order as depends_on: so a first preview knows every name, and policies can judge it.
in_group = pulumi.ResourceOptions(depends_on=[group])
