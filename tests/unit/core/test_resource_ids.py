"""Ids of Azure's resources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from llama_azure_core.resource_types import KEY_VAULT, SERVERLESS_ENDPOINT, WORKSPACE

GROUP = "/subscriptions/sub/resourceGroups/rg"
PROJECT = f"{GROUP}/providers/{WORKSPACE}/p"
ENDPOINT = f"{PROJECT}/serverlessEndpoints/e"
LOCK = f"{ENDPOINT}/providers/Microsoft.Authorization/locks/l"
BUILT_IN = "/providers/Microsoft.Authorization/roleDefinitions/r"

segments = st.from_regex(r"[a-zA-Z][a-zA-Z0-9._-]{0,10}", fullmatch=True).filter(lambda s: s.lower() != "providers")


@pytest.mark.parametrize(
    ("text", "kind", "parent", "scope", "group"),
    [
        (GROUP, "Microsoft.Resources/resourceGroups", None, "/subscriptions/sub", "rg"),
        (PROJECT, WORKSPACE, None, GROUP, "rg"),
        (ENDPOINT, SERVERLESS_ENDPOINT, PROJECT, GROUP, "rg"),
        (LOCK, "Microsoft.Authorization/locks", None, ENDPOINT, "rg"),
        (f"/subscriptions/sub{BUILT_IN}", "Microsoft.Authorization/roleDefinitions", None, "/subscriptions/sub", None),
        (BUILT_IN, "Microsoft.Authorization/roleDefinitions", None, "", None),
    ],
)
def test_an_id_tells_its_type_its_parent_and_where_it_lies(
    text: str, kind: str, parent: str | None, scope: str, group: str | None
) -> None:
    found = ResourceId.parse(text)
    assert str(found) == text
    assert found.type == kind
    assert found.is_type(kind.upper())
    assert found.name == text[-1] or found.name == "rg"
    assert (None if found.parent is None else str(found.parent)) == parent
    assert (found.scope, found.resource_group) == (scope, group)
    assert found.subscription == ("" if text == BUILT_IN else "sub")


def test_ids_that_differ_in_case_only_are_one() -> None:
    one, other = (
        ResourceId.parse(ENDPOINT),
        ResourceId.parse(ENDPOINT.upper().replace("SUBSCRIPTIONS", "subscriptions")),
    )
    assert one == other
    assert len({one, other}) == 1
    assert one != ResourceId.parse(PROJECT)
    assert one != ENDPOINT


def test_an_id_is_made_of_a_scope_a_type_and_names() -> None:
    group = resource_group_id("sub", "rg")
    assert str(group) == GROUP
    assert str(ResourceId.of(group, SERVERLESS_ENDPOINT, "p", "e")) == ENDPOINT
    assert str(ResourceId.of(group, WORKSPACE, "p").child("serverlessEndpoints", "e")) == ENDPOINT
    with pytest.raises(ValueError, match=r"takes 1 names, but 2 were given: a, b"):
        ResourceId.of(group, KEY_VAULT, "a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "hub",
        "/subscriptions/sub",
        "subscriptions/sub/resourceGroups/rg",
        "/subscriptions//resourceGroups/rg",
        f"{GROUP}/providers/Microsoft.KeyVault/vaults",
        f"{GROUP}/providers/Microsoft.KeyVault",
        f"{GROUP}/vaults/kv",
    ],
)
def test_what_is_not_an_id_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(ValueError, match="is not the id of an Azure resource") as refused:
        ResourceId.parse(text)
    assert repr(text) in str(refused.value)


@given(st.lists(st.tuples(segments, segments), min_size=1, max_size=4), segments)
def test_an_id_of_any_depth_is_read_back(chain: list[tuple[str, str]], namespace: str) -> None:
    kinds, names = zip(*chain, strict=True)
    made = ResourceId.of(resource_group_id("sub", "rg"), "/".join((namespace, *kinds)), *names)
    assert ResourceId.parse(str(made)) == made
    assert name_of(str(made)) == made.name
