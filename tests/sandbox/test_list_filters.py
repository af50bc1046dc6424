"""A list of resources shows the types that its filter names."""

from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import account_body, make_project

ML = "Microsoft.MachineLearningServices/workspaces"


def test_lists_are_filtered_by_type(arm: Arm, home: SandboxHome) -> None:
    del home
    make_project(arm, "rg-filters")
    path = "/resourceGroups/rg-filters/providers/Microsoft.Storage/storageAccounts/stfilters"
    arm.call("PUT", path, account_body())

    def types(scope: str, wanted: str) -> set[str]:
        answer = arm.client.get(
            f"{SUBSCRIPTION}{scope}/resources",
            params={"api-version": "2021-04-01", "$filter": wanted},
        )
        return {one["type"] for one in answer.json()["value"]}

    one, two = (
        f"resourceType eq '{ML}'",
        f"resourceType eq '{ML.upper()}' or resourceType eq 'Microsoft.Storage/storageAccounts'",
    )
    for scope in ("", "/resourceGroups/rg-filters"):
        assert types(scope, one) == {ML}
        assert types(scope, two) == {ML, "Microsoft.Storage/storageAccounts"}
        assert types(scope, "resourceType eq 'Microsoft.Nothing/at.all'") == set()
    assert len(types("/resourceGroups/rg-filters", "")) == 2
