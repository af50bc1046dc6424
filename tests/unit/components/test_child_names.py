"""The names of a component's children are part of its contract: a changed name replaces somebody's resource."""

import pulumi
import pytest

from llama_azure.package import COMPONENTS
from tests.unit.components.recording import record
from tests.unit.components.test_components import COMPONENTS as WITH_ARGUMENTS

CHILDREN = {
    "AiHub": ["Component it-insights", "StorageAccount it-storage", "Vault it-vault", "Workspace it-hub",
              "Workspace it-logs"],
    "AiProject": ["Workspace it-project"],
    "DeployerRole": ["RoleAssignment it-team-group-assignment", "RoleAssignment it-team-project-assistants-assignment",
                     "RoleDefinition it-group-role", "RoleDefinition it-project-role"],
    "MarketplaceSubscription": ["MarketplaceSubscription it-subscription"],
    "OnlineDeployment": ["OnlineDeployment it-deployment"],
    "OnlineEndpoint": ["OnlineEndpoint it-endpoint"],
    "OnlineEndpointTraffic": ["EndpointTraffic it-traffic"],
    "ServerlessConnection": ["WorkspaceConnection it-connection"],
    "ServerlessEndpoint": ["ServerlessEndpoint it-endpoint"],
}  # fmt: skip


def test_the_children_of_every_component_are_held_to() -> None:
    assert CHILDREN.keys() == {component.__name__ for component in COMPONENTS}


@pytest.mark.parametrize(("component", "args"), WITH_ARGUMENTS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_child_keeps_the_name_that_stacks_know_it_by(component, args) -> None:
    monitor, _ = record(lambda: component("it", args))
    children = [f"{one.type.rsplit(':', 1)[-1]} {one.name}" for one in monitor.registrations if one.custom]
    assert sorted(children) == CHILDREN[component.__name__]


@pytest.mark.parametrize(("component", "args"), WITH_ARGUMENTS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_callers_transformations_reach_every_child(component, args) -> None:
    seen: list[str] = []

    def see(transformed: pulumi.ResourceTransformationArgs) -> None:
        seen.append(transformed.name)

    monitor, _ = record(lambda: component("it", args, pulumi.ResourceOptions(transformations=[see])))
    assert sorted(seen) == sorted(one.name for one in monitor.registrations)
