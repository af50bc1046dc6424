"""azure-mgmt-resource, unmodified: resources of any type by their id, with the SDK's own polling."""

from collections.abc import Iterator

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.models import GenericResource, Identity, ResourceGroup, Sku

from tests.clients.clients_environment import management_client
from tests.support.arm import SUBSCRIPTION

VERSION = "2025-12-01"
GROUP = "rg-mgmt"
WORKSPACES = f"{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
ENDPOINT = f"{WORKSPACES}/project/serverlessEndpoints/llama-mgmt"
MODEL = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"

pytestmark = pytest.mark.client("azure-mgmt-resource", "groups, resources and deployments")


@pytest.fixture(scope="module")
def client(signed_in: dict[str, str]) -> Iterator[ResourceManagementClient]:
    with management_client(ResourceManagementClient, signed_in) as client:
        yield client


@pytest.fixture(scope="module")
def project(client: ResourceManagementClient) -> GenericResource:
    client.resource_groups.create_or_update(GROUP, ResourceGroup(location="eastus2"))
    by_id, identity = client.resources.begin_create_or_update_by_id, Identity(type="SystemAssigned")
    hub = GenericResource(location="eastus2", kind="Hub", identity=identity, properties={})
    made = by_id(f"{WORKSPACES}/hub", hub, api_version=VERSION).result()
    properties = {"hubResourceId": made.id}
    wanted = GenericResource(location="eastus2", kind="Project", identity=identity, properties=properties)
    return by_id(f"{WORKSPACES}/project", wanted, api_version=VERSION).result()


def test_a_serverless_endpoint_is_made_read_and_deleted_by_its_id(
    client: ResourceManagementClient, project: GenericResource
) -> None:
    assert project.identity is not None
    assert project.identity.principal_id
    subscription = GenericResource(properties={"modelId": MODEL})
    path = f"{WORKSPACES}/project/marketplaceSubscriptions/llama-3-8b"
    client.resources.begin_create_or_update_by_id(path, subscription, api_version=VERSION).result()
    wanted = GenericResource(
        location="eastus2",
        sku=Sku(name="Consumption"),
        properties={"authMode": "Key", "modelSettings": {"modelId": MODEL}},
    )
    made = client.resources.begin_create_or_update_by_id(ENDPOINT, wanted, api_version=VERSION).result()
    assert (made.properties or {})["provisioningState"] == "Succeeded"
    shouted = ENDPOINT.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")
    read = client.resources.get_by_id(shouted, api_version=VERSION)
    uri = (read.properties or {})["inferenceEndpoint"]["uri"]
    assert (read.id, uri.rsplit("/", 1)[-1]) == (ENDPOINT, "llama-mgmt")
    assert ENDPOINT in [one.id for one in client.resources.list_by_resource_group(GROUP)]
    client.resources.begin_delete_by_id(ENDPOINT, api_version=VERSION).result()
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        client.resources.get_by_id(ENDPOINT, api_version=VERSION)


def test_a_refusal_carries_azures_code_and_words(client: ResourceManagementClient, project: GenericResource) -> None:
    wanted = GenericResource(
        location="eastus2",
        sku=Sku(name="Consumption"),
        properties={"authMode": "Key", "modelSettings": {"modelId": f"{MODEL}-of-nobody"}},
    )
    with pytest.raises(HttpResponseError, match=r"UserError.*was not found") as raised:
        client.resources.begin_create_or_update_by_id(f"{ENDPOINT}-2", wanted, api_version=VERSION).result()
    assert raised.value.status_code == 400


def test_a_group_is_deleted_with_everything_in_it(client: ResourceManagementClient) -> None:
    client.resource_groups.create_or_update("rg-mgmt-gone", ResourceGroup(location="eastus2"))
    client.resource_groups.begin_delete("rg-mgmt-gone").result()
    assert not client.resource_groups.check_existence("rg-mgmt-gone")
