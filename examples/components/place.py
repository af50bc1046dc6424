"""Where the examples lie, and the options that let them wait for it."""

import pulumi
from pulumi_azure_native import authorization, resources

LOCATION = "swedencentral"
GROUP = "rg-llama-examples"
SUBSCRIPTION_ID = authorization.get_client_config().subscription_id

group = resources.ResourceGroup("group", resource_group_name=GROUP, location=LOCATION)
# Names go in as plain values and order as depends_on: so a first preview knows every name, and policies can judge it.
in_group = pulumi.ResourceOptions(depends_on=[group])
