"""Conditions of role assignments: whether a right to give roles counts for a request."""

import pytest

from llama_azure_core.conditions import (
    DELETE,
    LONGEST,
    WRITE,
    Attempt,
    ConditionError,
    Grantable,
    assignment,
    condition_to_grant,
    parse_condition,
)
from llama_azure_core.rbac import built_in_roles

USER, OWNER = built_in_roles()["Foundry User"].id, built_in_roles()["Owner"].id
APP, STRANGER = "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234", "e9f8a7b6-c5d4-4e3f-9a2b-1c0d9e8f7a6b"
GRANT = condition_to_grant([Grantable(USER, (APP,), "ServicePrincipal")])

# As Microsoft documents it (source S271), with its line breaks.
DOCUMENTED = f"""
(
 (
  !(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})
 )
 OR
 (
  @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{USER}, {APP}}}
  AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType]
    ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User', 'Group'}}
 )
)
AND
(
 (
  !(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}})
 )
 OR
 (
  @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{USER}}}
 )
)
"""


@pytest.mark.parametrize(
    ("attempt", "counts"),
    [
        (Attempt(WRITE, assignment(USER, APP, "ServicePrincipal")), True),
        (Attempt(WRITE.upper(), assignment(USER.upper(), APP.upper(), "serviceprincipal")), True),
        (Attempt(WRITE, assignment(OWNER, APP, "ServicePrincipal")), False),
        (Attempt(WRITE, assignment(USER, STRANGER, "ServicePrincipal")), False),
        (Attempt(WRITE, assignment(USER, APP, "User")), False),
        (Attempt(WRITE, assignment(USER, APP)), False),
        (Attempt(WRITE), False),
        (Attempt(DELETE, resource=assignment(USER, STRANGER)), True),
        (Attempt(DELETE, resource=assignment(OWNER, APP)), False),
        (Attempt(DELETE), False),
        (Attempt("Microsoft.Authorization/roleAssignments/read"), True),
    ],
)
def test_a_grant_reaches_its_roles_and_principals_and_holds_back_no_other_action(
    attempt: Attempt, counts: bool
) -> None:
    assert parse_condition(GRANT)(attempt) is counts


@pytest.mark.parametrize(
    ("attempt", "counts"),
    [
        (Attempt(WRITE, assignment(USER, STRANGER, "Group")), True),
        (Attempt(WRITE, assignment(USER, STRANGER, "ServicePrincipal")), False),
        (Attempt(DELETE, resource=assignment(USER, STRANGER)), True),
    ],
)
def test_a_condition_as_documented_is_understood(attempt: Attempt, counts: bool) -> None:
    assert parse_condition(DOCUMENTED)(attempt) is counts


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("@Request[a:b] StringEquals 'it''s'", True),
        ("@Request[a:b] StringNotEquals 'it''s'", False),
        ("@Request[a:c] StringNotEquals 'x'", False),  # what is not there compares with nothing
        ("Exists @Request[A:B] && NOT Exists @Request[a:c]", True),
        ("@Request[a:b] ForAllOfAllValues:StringEquals {'it''s', 'other'}", False),
        ("@Request[a:b] NumericGreaterThan 3", False),
        ("SubOperationMatches{'Blob.List'} || @Resource[a:b] StringEquals 'x'", False),
        ("ActionMatches{'Microsoft.Storage/*'} OR ActionMatches{'x/y'}", True),
    ],
)
def test_the_language_is_read(text: str, holds: bool) -> None:
    assert parse_condition(text)(Attempt("X/Y", {"a:b": "it's"})) is holds


@pytest.mark.parametrize(
    "text",
    ["", "(", "yes", "@Request[a:b]", "@Request[a:b] GuidEquals", "@Request[a:b] GuidEquals {1,}", "ActionMatches{'x'",
     "ActionMatches{'x'} ActionMatches{'y'}", "ActionMatches{'x'} AND", "$", "(" * 5000],
)  # fmt: skip
def test_what_is_no_condition_is_told_as_such(text: str) -> None:
    with pytest.raises(ConditionError):
        parse_condition(text)


def test_a_condition_longer_than_azure_takes_is_told_with_a_way_out() -> None:
    many = tuple(f"{number:08x}-1d2e-4f3a-8b5c-6d7e8f901234" for number in range(LONGEST // 36))
    with pytest.raises(ConditionError, match="give roles to groups"):
        condition_to_grant([Grantable(USER, many)])
    with pytest.raises(ConditionError, match="no role"):
        condition_to_grant([])
