"""Make what the pipelines need: an identity per environment and one that only reads, a place for state, keys for it."""

import pulumi

from llama_bootstrap.identities import Identity, add_identities
from llama_bootstrap.roles import Grants
from llama_bootstrap.settings import load_settings
from llama_bootstrap.stacks import read_stacks
from llama_bootstrap.state import add_state
from llama_bootstrap.subscription import add_groups, this_subscription

settings = load_settings()
subscription = this_subscription()
stacks = read_stacks(settings, subscription)
groups = add_groups(settings, subscription, {name: stack.plan.tags for name, stack in stacks.items()})
identities = add_identities(settings, groups.own)
state = add_state(settings, subscription, groups.own)
grants = Grants(subscription)


def client_ids(members: dict[str, Identity]) -> dict[str, pulumi.Output[str]]:
    """Return the client id of each identity, which its jobs sign in as."""
    return {name: identity.client_id for name, identity in members.items()}


for name, identity in identities.items():
    grants.to_ask(name, identity)
for name, group_id in groups.of_stacks.items():
    stack = stacks[name]
    grants.of_deployers(stack, group_id)
    grants.to_writer(name, identities[name], stack, group_id, state)
    grants.to_reader(name, identities["preview"], stack, group_id, state)
grants.to_reader_of_shared_key(identities["preview"], state)
for name, administrator in settings.administrators.items():
    grants.to_administrator(name, administrator, state)

pulumi.export("clientIds", client_ids(identities))
pulumi.export("tenantId", subscription.tenant_id)
pulumi.export("subscriptionId", subscription.id)
pulumi.export("backendUrl", state.backend_url)
pulumi.export("secretsProvider", state.secrets_provider)
