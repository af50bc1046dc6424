"""Declaring the endpoints' keys in a key vault; loaded by the stacks that name one alone."""

from collections.abc import Mapping

import pulumi

from llama_azure._answers import part
from llama_azure._azure_native import keyvault
from llama_azure._options import without_api_version_aliases
from llama_azure_core.resource_ids import ResourceId


def declare_kept_keys(vault_id: str, keys: Mapping[str, pulumi.Output[str]]) -> dict[str, pulumi.Output[str]]:
    """Declare a secret of a vault for each key, and return the secrets' addresses.

    They are written through Azure Resource Manager, which a vault that is closed to networks lets in.

    Args:
        vault_id: the vault's Azure resource id.
        keys: by endpoint, as the outputs call it: its key.
    """
    vault = ResourceId.parse(vault_id)
    return {name: _secret(vault, name, key) for name, key in keys.items()}


def _secret(vault: ResourceId, name: str, key: pulumi.Output[str]) -> pulumi.Output[str]:
    written = keyvault.Secret(
        f"{name}-kept-key",
        resource_group_name=vault.resource_group or "",
        vault_name=vault.name,
        secret_name=name,
        properties=keyvault.SecretPropertiesArgs(value=pulumi.Output.secret(key), content_type="key of an endpoint"),
        opts=pulumi.ResourceOptions(transformations=[without_api_version_aliases]),
    )
    # Without its version, so that who reads it gets the newest.
    return pulumi.Output.unsecret(written.properties).apply(lambda shown: str(part(shown, "secret_uri") or ""))
