"""One resource group."""

from pulumi_azure_native.resources import ResourceGroup

ResourceGroup(
    "group",
    resource_group_name="rg-commands",
    location="eastus2",
    tags={"environment": "dev", "managed-by": "pulumi"},
)
