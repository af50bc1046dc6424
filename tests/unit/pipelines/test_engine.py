"""What is read from the engine's events."""

import json
from collections.abc import Mapping

import pytest

from llama_azure_core.engine_variables import PARALLEL
from llama_azure_pipelines.engine import Step, engine_run, variables_of
from llama_azure_pipelines.programs import Answer

URN = "urn:pulumi:dev::llama-azure::llama-azure:index:AiHub$azure-native:keyvault:Vault::hub-vault"


def events(*members: Mapping[str, object]) -> str:
    return "\n".join(["a plug-in's chatter", *map(json.dumps, members)])


def pre_event(operation: str, **more: object) -> dict[str, object]:
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": URN, **more}}}


def test_a_step_is_told_with_the_properties_that_differ() -> None:
    line = pre_event("update", detailedDiff={"properties.sku": {"kind": "update"}, "tags": {"kind": "add"}})
    found = engine_run(Answer(0, events(line)))
    assert found.steps == (Step("update", "azure-native:keyvault:Vault", "hub-vault", ("properties.sku", "tags")),)
    assert found.counts == {"update": 1}
    assert found.ok


def test_a_resource_that_stays_as_it_is_is_no_step() -> None:
    assert engine_run(Answer(0, events(*map(pre_event, ("same", "read", "refresh"))))).steps == ()


def test_a_failure_is_told_by_the_engines_errors() -> None:
    error = {"diagnosticEvent": {"severity": "error", "message": "<{%fg 1%}>no such model<{%reset%}>\n"}}
    found = engine_run(Answer(255, events(error, {"diagnosticEvent": {"severity": "info", "message": "fine"}})))
    assert found.errors == ("no such model",)
    assert not found.ok


def test_a_failure_without_events_is_told_by_its_last_words() -> None:
    assert engine_run(Answer(255, "", "no stack named 'dev' found")).errors == ("no stack named 'dev' found",)


def test_as_much_goes_on_at_once_as_waits_take_unless_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_PARALLEL", raising=False)
    assert variables_of("dev").items() >= PARALLEL.items()
    monkeypatch.setenv("PULUMI_PARALLEL", "4")
    assert "PULUMI_PARALLEL" not in variables_of("dev")
