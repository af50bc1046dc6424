"""azure-storage-blob, unmodified, against a storage account that is closed to public networks."""

import pytest

from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import running
from tests.clients.clients_environment import run_program
from tests.support.arm import SUBSCRIPTION, sign_in
from tests.support.estates import account_body, put_and_wait

GROUP = "rg-closed"
NETWORK = f"/resourceGroups/{GROUP}/providers/Microsoft.Network"
ACCOUNT = f"/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts/stclosed"


@pytest.mark.client("azure-storage-blob", "lists containers of a closed account: refused outside, answered inside")
def test_the_client_is_refused_outside_and_answered_inside(home: SandboxHome) -> None:
    subnets = [{"name": "endpoints", "properties": {"addressPrefix": "10.20.0.0/26"}}]
    space = {"addressSpace": {"addressPrefixes": ["10.20.0.0/24"]}, "subnets": subnets}
    link = {"privateLinkServiceId": f"{SUBSCRIPTION}{ACCOUNT}", "groupIds": ["blob"]}
    endpoint = {
        "subnet": {"id": f"{SUBSCRIPTION}{NETWORK}/virtualNetworks/vnet/subnets/endpoints"},
        "privateLinkServiceConnections": [{"name": "blob", "properties": link}],
    }
    change_world(home, privateDnsByPolicy=True)
    with sign_in(home) as arm:
        put_and_wait(arm, f"/resourceGroups/{GROUP}", {"location": "eastus2"})
        put_and_wait(arm, ACCOUNT, account_body(publicNetworkAccess="Disabled"))
        put_and_wait(arm, f"{ACCOUNT}/blobServices/default/containers/data", {"properties": {}})
        put_and_wait(arm, f"{NETWORK}/virtualNetworks/vnet", {"location": "eastus2", "properties": space})
        put_and_wait(arm, f"{NETWORK}/privateEndpoints/blob", {"location": "eastus2", "properties": endpoint})
    record = running(home)
    assert record is not None
    seen = run_program(home, "closed_storage.py", ACCOUNT_URL=f"{record.base_url}/storage/stclosed")
    assert seen == {"outside": [403, "AuthorizationFailure"], "inside": ["data"]}
