"""Azure Resource Manager paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import parse_path

GROUP = "/subscriptions/sub/resourceGroups/rg"
ENDPOINT = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/p/serverlessEndpoints/e"
ASSIGNMENT = f"{ENDPOINT}/providers/Microsoft.Authorization/roleAssignments/a"

segments = st.from_regex(r"[a-z][a-z0-9._-]{0,10}", fullmatch=True).filter(
    lambda s: s not in {"providers", "resources"}
)


def parsed(path: str) -> ResourceId:
    found = parse_path(path)
    assert found.id is not None
    assert found.collection is None
    return found.id


@pytest.mark.parametrize(
    ("path", "kind", "parent"),
    [
        (GROUP, "Microsoft.Resources/resourceGroups", None),
        (f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st", "Microsoft.Storage/storageAccounts", GROUP),
        (
            ENDPOINT,
            "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
            ENDPOINT.removesuffix("/serverlessEndpoints/e"),
        ),
        (ASSIGNMENT, "Microsoft.Authorization/roleAssignments", ENDPOINT),
        (
            "/subscriptions/sub/providers/Microsoft.Authorization/roleAssignments/a",
            "Microsoft.Authorization/roleAssignments",
            None,
        ),
    ],
)
def test_an_id_tells_type_parent_and_itself(path: str, kind: str, parent: str | None) -> None:
    resource_id = parsed(path)
    assert str(resource_id) == path
    assert resource_id.type == kind
    assert resource_id.parent_key == (parent.lower() if parent else None)
    assert resource_id.subscription == "sub"


@pytest.mark.parametrize(
    ("path", "container", "collection"),
    [
        ("/subscriptions/sub/resourcegroups", None, "Microsoft.Resources/resourceGroups"),
        ("/subscriptions/sub/resources", None, "*"),
        (f"{GROUP}/resources", GROUP, "*"),
        (f"{GROUP}/providers/Microsoft.Storage/storageAccounts", GROUP, "Microsoft.Storage/storageAccounts"),
        (ENDPOINT.removesuffix("/e"), ENDPOINT.removesuffix("/serverlessEndpoints/e"), "…/serverlessEndpoints"),
        (ASSIGNMENT.removesuffix("/a"), ENDPOINT, "Microsoft.Authorization/roleAssignments"),
    ],
)
def test_a_collection_tells_its_container_and_type(path: str, container: str | None, collection: str) -> None:
    found = parse_path(path)
    assert (str(found.id) if found.id else None) == container
    assert (found.collection or "").endswith(collection.removeprefix("…"))


def test_an_action_is_told_with_its_resource() -> None:
    found = parse_path(f"{ENDPOINT}/listKeys")
    assert (str(found.id), found.action) == (ENDPOINT, "listKeys")


@pytest.mark.parametrize(
    "path", ["/", "/subscriptions", "/subscriptions/s", "/subscriptions/s/x", f"{GROUP}/providers/A"]
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(ArmError, match="InvalidResourcePath"):
        parse_path(path)


@given(st.lists(st.tuples(segments, segments), min_size=1, max_size=4), segments)
def test_an_id_of_any_depth_is_read_back(chain: list[tuple[str, str]], namespace: str) -> None:
    resource_id = ResourceId(
        str(resource_group_id("sub", "rg")), namespace, tuple(k for k, _ in chain), tuple(n for _, n in chain)
    )
    assert parsed(str(resource_id)) == resource_id
