"""Names: valid for Azure whatever they are made of, the same for the same scope."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.catalogue import all_models
from llama_azure_core.naming import NameKind, derive_name, name_problem, name_rule, unique_suffix

kinds = st.sampled_from(NameKind)
words = st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4)
scopes = st.lists(st.text(min_size=1), min_size=1, max_size=3).map(tuple)


@given(kinds, st.sampled_from(all_models()), scopes)
def test_every_model_gives_a_valid_name_of_every_kind(kind, model, scope) -> None:
    name = derive_name(kind, model.name, scope=scope)
    assert name_problem(kind, name) is None
    assert len(name) <= name_rule(kind).max_length


@given(kinds, words, scopes)
def test_a_derived_name_is_valid_or_refused(kind, parts, scope) -> None:
    try:
        name = derive_name(kind, *parts, scope=scope)
    except ValueError as error:
        assert "No name can be derived" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert name_problem(kind, name) is None


@given(scopes)
def test_the_suffix_depends_on_the_scope_alone_and_not_on_its_case(scope) -> None:
    assert unique_suffix(*scope) == unique_suffix(*scope)
    assert len(unique_suffix(*scope)) == 6


def test_different_scopes_give_different_suffixes() -> None:
    scopes = [(f"subscription-{i}", "rg") for i in range(200)] + [("a", "bc"), ("ab", "c")]
    assert len({unique_suffix(*scope) for scope in scopes}) == len(scopes)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (NameKind.SERVERLESS_ENDPOINT, "1llama"),
        (NameKind.SERVERLESS_ENDPOINT, "llama-3.1"),
        (NameKind.SERVERLESS_ENDPOINT, "l" * 53),
        (NameKind.STORAGE_ACCOUNT, "st-llama"),
        (NameKind.KEY_VAULT, "kv--llama"),
        (NameKind.WORKSPACE, "ab"),
        (NameKind.RESOURCE_GROUP, "rg."),
    ],
)
def test_a_name_that_azure_refuses_is_refused_with_its_value(kind: NameKind, name: str) -> None:
    assert repr(name) in (name_problem(kind, name) or "")
