"""The configuration of the bootstrap stack: who may sign in as whom."""

from typing import Any

import pytest
from pydantic import ValidationError

from llama_bootstrap.settings import Settings

ENTRA = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"
OPAQUE = "/eid1/c/pub/t/AAAABBBB/a/CCCCDDDD/sc/66666666-7777-8888-9999-000000000000/"


def settings(administrators: dict[str, Any] | None = None, /, **issuers: dict[str, Any]) -> Settings:
    return Settings.model_validate(
        {
            "location": "swedencentral",
            "resourceGroup": "rg-pipelines",
            "issuers": issuers,
            "environments": {"dev": {"resourceGroup": "rg-dev", "location": "eastus2"}},
            "administrators": administrators or {},
        }
    )


def test_an_issuer_whose_subjects_hold_no_name_gives_one_for_each_identity() -> None:
    opaque = {"preview": f"{OPAQUE}p", "dev": f"{OPAQUE}d"}
    issuer = settings(ado={"issuer": ENTRA, "subjects": opaque}).issuers["ado"]
    assert {name: issuer.subject_of(name) for name in opaque} == opaque


def test_an_issuer_may_sign_in_some_identities_where_another_signs_in_the_rest() -> None:
    found = settings(
        github={
            "issuer": "https://token.actions.githubusercontent.com",
            "subject": "repo:o/r:environment:{environment}",
        },
        ado={"issuer": ENTRA, "subjects": {"dev": OPAQUE}},
    )
    assert found.issuers["ado"].subject_of("preview") is None
    assert found.issuers["github"].subject_of("preview") == "repo:o/r:environment:preview"


@pytest.mark.parametrize(
    ("issuer", "told"),
    [
        ({"subject": OPAQUE}, "give one for each under `subjects`"),
        ({}, "give either `subject`"),
        ({"subject": "{environment}", "subjects": {"dev": OPAQUE}}, "give either `subject`"),
        ({"subjects": {"dev": OPAQUE, "preview": OPAQUE}}, "two identities share a subject"),
        ({"subjects": {"dev": OPAQUE, "prod": f"{OPAQUE}p", "preview": f"{OPAQUE}r"}}, "subjects names prod"),
        ({"subjects": {"dev": OPAQUE}}, "no issuer has a subject for preview"),
    ],
)
def test_what_would_open_too_much_or_nothing_is_refused_with_the_remedy(issuer: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        settings(ado={"issuer": ENTRA, **issuer})


GITHUB = "https://token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    "subject", ["repo:example/llama-azure:environment:{environment}", "repo:<owner>/x:{environment}"]
)
def test_a_repository_of_an_example_is_nobodys_in_azure(subject: str) -> None:
    found = settings(github={"issuer": GITHUB, "subject": subject}).nobody()
    assert [one.partition(": ")[0] for one in found] == ["llama-bootstrap:issuers.github"]
    assert settings(github={"issuer": GITHUB, "subject": "repo:a-team/llama:{environment}"}).nobody() == []


def administrator(principal_id: str) -> dict[str, Any]:
    return {"me": {"principalId": principal_id, "principalType": "User"}}


@pytest.mark.parametrize(
    "nobody", ["00000000-0000-0000-0000-000000000000", "<object id>", "11111111-1111-1111-1111-111111111111"]
)
def test_a_placeholder_administers_nothing(nobody: str) -> None:
    with pytest.raises(ValidationError, match="az ad signed-in-user show"):
        settings(administrator(nobody), github={"issuer": GITHUB, "subject": "repo:a/b:{environment}"})


def test_an_administrator_of_an_example_is_nobody_in_azure() -> None:
    issuer = {"issuer": GITHUB, "subject": "repo:a/b:{environment}"}
    assert settings(administrator("c0ffee00-0000-4000-8000-11a3a0000003"), github=issuer).nobody()
    assert settings(administrator("a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234"), github=issuer).nobody() == []
