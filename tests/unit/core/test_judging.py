"""What of a stack's settings holds in a sandbox alone."""

import pytest

from llama_azure_core.judging import judged_principals

NOBODY, SOMEBODY = "00000000-0000-0000-0000-00000000d3b2", "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234"
CONFIG = {
    "llama-azure:foundry": {"callers": {"app": {"principalId": NOBODY}}},
    # As the engine hands it over.
    "llama-azure:deployers": f'{{"ci": {{"principalId": "{SOMEBODY}"}}}}',
    "other:principalId": NOBODY,
}
APP, CI = "llama-azure:foundry.callers.app.principalId", "llama-azure:deployers.ci.principalId"


@pytest.mark.parametrize("environ", [{}, {"ARM_METADATA_HOSTNAME": "management.azure.com"}])
def test_in_azure_a_principal_of_an_example_is_told_with_its_place(environ: dict[str, str]) -> None:
    found = judged_principals(CONFIG, environ)
    assert found.keys() == {APP, CI}
    assert found[APP].startswith(f"{NOBODY} is somebody in a sandbox, and nobody in Azure: write the object id")
    assert found[CI] == ""


def test_in_a_sandbox_it_is_somebody() -> None:
    assert judged_principals(CONFIG, {"ARM_METADATA_HOSTNAME": "127.0.0.1:9141"}) == {APP: "", CI: ""}
