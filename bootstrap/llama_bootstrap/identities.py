"""Who the jobs are: identities without a secret, which the CI system's own tokens sign in."""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity, resources

from llama_bootstrap.settings import Settings

_AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity."""

    client_id: pulumi.Output[str]
    principal_id: pulumi.Output[str]


def add_identities(settings: Settings, group: resources.ResourceGroup) -> dict[str, Identity]:
    """Declare an identity per environment and the one that reads, each with a credential per issuer."""
    return {name: _identity(settings, group, name) for name in settings.identities}


def _identity(settings: Settings, group: resources.ResourceGroup, name: str) -> Identity:
    identity = managedidentity.UserAssignedIdentity(
        f"id-{name}",
        resource_group_name=group.name,
        resource_name_=f"id-llama-{name}",
        location=settings.location,
        tags=settings.tags,
    )
    previous: pulumi.Resource = identity
    for key, issuer in settings.issuers.items():
        subject = issuer.subject_of(name)
        if subject is None:
            continue
        # One after the other: Azure refuses two credentials of one identity at a time.
        previous = managedidentity.FederatedIdentityCredential(
            f"id-{name}-{key}",
            resource_group_name=group.name,
            resource_name_=identity.name,
            federated_identity_credential_resource_name=key,
            issuer=issuer.issuer,
            subject=subject,
            audiences=[_AUDIENCE],
            opts=pulumi.ResourceOptions(depends_on=[previous]),
        )
    return Identity(identity.client_id, identity.principal_id)
