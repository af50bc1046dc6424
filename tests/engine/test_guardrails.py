"""The policy pack blocks a preview before anything is created, through the real engine."""

import json
import subprocess
from typing import Any

from tests.support.arm import sign_in
from tests.support.workbench import Workbench

STACK = "sandbox"


def blocked_preview(bench: Workbench, **changes: Any) -> str:
    """Preview a changed stack, see that it fails and that nothing was created, and return what the user reads."""
    bench.select(STACK)
    file = bench.stack_file(STACK)
    before = file.read_text(encoding="utf-8")
    bench.configure(STACK, **changes)
    preview = bench.pulumi("preview", "--stack", STACK, check=False)
    file.write_text(before, encoding="utf-8")
    assert preview.returncode != 0
    with sign_in(bench.home) as arm:
        assert arm.resources() == []
    return " ".join((preview.stdout + preview.stderr).split())


def previewed(bench: Workbench, configuration: dict[str, Any], *arguments: str) -> tuple[int, str]:
    """Preview with a configuration of the pack; return the exit code and what the user reads."""
    file = bench.project / "policy-configuration.json"
    file.write_text(json.dumps(configuration), encoding="utf-8")
    answer = subprocess.run(
        ["pulumi", "--non-interactive", "preview", "--stack", STACK, *arguments],
        cwd=bench.project,
        env=bench.environment | {"PULUMI_OPTION_POLICY_PACK_CONFIG": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, " ".join((answer.stdout + answer.stderr).split())


def test_a_configuration_does_through_the_engine_what_its_page_says(workbench: Workbench) -> None:
    workbench.select(STACK)
    elsewhere = {"allowed-regions": {"regions": ["westeurope"]}}
    code, said = previewed(workbench, elsewhere)
    assert (code != 0, "eastus2 is not allowed here. Allowed: westeurope" in said) == (True, True), said
    code, said = previewed(workbench, {"all": "advisory", **elsewhere})
    assert code == 0
    assert "[advisory]" in said, said
    code, said = previewed(workbench, {"allowed-region": "advisory"})
    assert code != 0
    assert "allowed-region is not a rule; did you mean allowed-regions?" in said
    # What an update of one target leaves out is shown to the pack without a property, and is not judged.
    group = f"urn:pulumi:{STACK}::llama-azure::azure-native:resources:ResourceGroup::rg-llama-sandbox"
    on_another_day = {"judged-on-today": "disabled"}
    code, said = previewed(workbench, {"all": "mandatory", **on_another_day}, "--target", group)
    assert code == 0, said
    assert "violation" not in said


def test_a_region_without_the_model_is_named_with_the_regions_that_have_it(workbench: Workbench) -> None:
    said = blocked_preview(workbench, **{"azure-native:location": "westeurope"})
    assert "[mandatory] [severity: high] serverless-model-supported-region" in said
    for model in ("Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"):
        assert f"{model} is not offered as a serverless API in westeurope on 2024-07-01" in said
    assert "Supported regions: eastus2, swedencentral." in said


def test_a_model_twice_in_a_project_is_named_with_both_endpoints(workbench: Workbench) -> None:
    twice = [{"model": "Meta-Llama-3-8B-Instruct", "name": name} for name in ("llama-one", "llama-two")]
    said = blocked_preview(workbench, **{"llama-azure:projects": {"assistants": {"serverless": twice}}})
    assert "[mandatory] [severity: high] one-serverless-deployment-per-model-and-project" in said
    assert "project assistants already deploys Meta-Llama-3-8B-Instruct as endpoint llama-" in said
    assert "llama-one" in said
    assert "llama-two" in said
