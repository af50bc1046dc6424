"""Make what the pipelines need: one identity per environment and one that only reads, a place for state, a key."""

import pulumi

from llama_bootstrap.identities import Identity, add_identities
from llama_bootstrap.roles import Grants
from llama_bootstrap.settings import load_settings
from llama_bootstrap.state import add_state
from llama_bootstrap.subscription import add_groups, this_subscription

settings = load_settings()
subscription = this_subscription()
groups = add_groups(settings, subscription)
identities = add_identities(settings, groups.own)
state = add_state(settings, subscription, groups.own)
grants = Grants(subscription)


def client_ids(members: dict[str, Identity]) -> dict[str, pulumi.Output[str]]:
    """Return the client id of each identity, which its jobs sign in as."""
    return {name: identity.client_id for name, identity in members.items()}


for name, identity in identities.items():
    grants.to_ask(name, identity)
for stack, group_id in groups.of_stacks.items():
    grants.to_writer(stack, identities[stack], group_id, state)
    grants.to_reader(stack, identities["preview"], group_id, state)
grants.to_reader_of_key(identities["preview"], state)

pulumi.export("clientIds", client_ids(identities))
pulumi.export("tenantId", subscription.tenant_id)
pulumi.export("subscriptionId", subscription.id)
pulumi.export("backendUrl", state.backend_url)
pulumi.export("secretsProvider", state.secrets_provider)
