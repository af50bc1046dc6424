"""The files of the guide from serverless APIs to Foundry are ones that a stack can have."""

import re
from typing import Any

import pytest
import yaml

from llama_azure_core.plan import plan
from llama_azure_core.settings import parse_settings
from llama_azure_sandbox.home import PROJECT_ROOT

GUIDE = (PROJECT_ROOT / "docs" / "from-serverless-to-foundry.md").read_text(encoding="utf-8")
PARTS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
REST: dict[str, Any] = {
    "azure-native:location": "eastus2",
    "llama-azure:asOf": "2026-03-02",
    "llama-azure:resourceGroup": "rg-llama",
    "llama-azure:hub": {"name": "hub-llama"},
}


@pytest.mark.parametrize(
    ("number", "exported"),
    [(0, {"chat": "serverless"}), (2, {"chat": "foundry", "chat-serverless": "serverless"})],
)
def test_each_step_of_the_guide_comes_to_the_endpoints_that_it_tells_of(number: int, exported: dict[str, str]) -> None:
    written = {**REST, **yaml.safe_load(PARTS[1]), **yaml.safe_load(PARTS[number])}
    made = plan(parse_settings(written, "docs/from-serverless-to-foundry.md"), subscription="s")
    assert {one.exported: one.back_end.value for one in made.endpoints} == exported
    assert made.foundry is not None
    assert made.foundry.arguments["callers"].keys() == {"app"}


def test_a_retired_model_is_refused_with_those_that_can_serve_instead() -> None:
    projects = {"assistants": {"endpoints": {"chat": {"model": "Meta-Llama-3-8B-Instruct"}}}}
    written = {**REST, "llama-azure:asOf": "2026-11-28", "llama-azure:projects": projects}
    with pytest.raises(ValueError, match="Meta-Llama-3-8B-Instruct was retired on") as refused:
        parse_settings(written, "f")
    remains = str(refused.value).partition("What remains")[2]
    assert "Llama-3.3-70B-Instruct (foundry" in remains
    assert "Llama-Guard" not in remains
    assert "Maverick" not in remains
