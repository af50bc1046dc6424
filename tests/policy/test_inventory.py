"""The pack as a whole: ids, names, pages, configuration, cases and what the engine is told all agree."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from llama_azure._endpoint_traffic import EndpointTraffic
from llama_azure_core._facts import load_facts
from llama_guardrails import RULES
from llama_guardrails.pack import Analyzer
from llama_guardrails.resource_types import ENDPOINT_TRAFFIC, WATCHED
from llama_guardrails.rule import Level, Rule
from policy_report.rule_page import index, rule_page
from sandbox.home import PROJECT_ROOT

PAGES = PROJECT_ROOT / "docs" / "rules"
FOLDER = PROJECT_ROOT / "policies" / "llama_guardrails" / "llama_guardrails" / "rules"
INFO = {policy.name: policy for policy in Analyzer(RULES).GetAnalyzerInfo(None, None).policies}  # type: ignore[arg-type]

# Ids are cited in exemptions, reports and reviews: one that was given is never given to another rule, nor taken away.
GIVEN = {"CFG": 2, "REG": 4, "IAM": 7, "AUT": 8, "MOD": 13, "CMP": 11, "NET": 9, "DAT": 12, "OPS": 7}
"""By area: how many ids were given."""


def test_every_id_that_was_given_is_a_rule_and_no_other_is() -> None:
    given = [f"LLA-{area}-{number:03}" for area, count in GIVEN.items() for number in range(1, count + 1)]
    assert [rule.id for rule in RULES] == given


def test_names_are_unique_and_fit_for_keys() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", rule.name) for rule in RULES)


def test_every_file_of_a_rule_is_listed() -> None:
    files = {path.relative_to(FOLDER).with_suffix("") for path in FOLDER.glob("*/*.py") if path.name[0] != "_"}
    listed = {Path(*rule.check.__module__.split(".")[2:]) for rule in RULES if "rules" in rule.check.__module__}
    unique = {Path(*rule.key.__module__.split(".")[2:]) for rule in RULES if hasattr(rule, "key")}
    assert listed | unique == files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_why_and_what_to_do(rule: Rule[Any]) -> None:
    for text in (rule.title, rule.why, rule.remedy):
        assert text.endswith(".")
        assert text[0].isupper()
    assert set(rule.types) <= WATCHED
    assert set(rule.sources) <= load_facts("sources").keys()
    assert rule.level is not Level.DISABLED
    assert all(field.description for field in rule.options.model_fields.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_page_that_says_what_the_rule_says(rule: Rule[Any]) -> None:
    page = PROJECT_ROOT / rule.page
    assert page.read_text(encoding="utf-8") == rule_page(rule), "run `make rule-pages`"


def test_the_index_lists_every_rule_and_no_page_is_left_over() -> None:
    assert (PAGES / "README.md").read_text(encoding="utf-8") == index(RULES), "run `make rule-pages`"
    assert {path.stem for path in PAGES.glob("*.md")} == {rule.id for rule in RULES} | {"README"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_engine_is_told_what_the_rule_says(rule: Rule[Any]) -> None:
    info = MessageToDict(INFO[rule.name])
    assert info["description"] == rule.title
    assert info["remediationSteps"] == rule.remedy
    assert info["url"] == rule.page
    assert info["tags"][0] == rule.id
    assert info.get("enforcementLevel", "ADVISORY").casefold() == rule.level
    assert info["severity"] == f"POLICY_SEVERITY_{rule.severity.upper()}"
    options = {field.alias for field in rule.options.model_fields.values()}
    assert set(info["configSchema"]["properties"]) == options


@pytest.mark.parametrize("resource_type", sorted(WATCHED - {ENDPOINT_TRAFFIC}))
def test_every_type_is_one_of_azure_native(resource_type: str) -> None:
    # Looked up in the SDK's text: to import the modules of all these types takes half a minute.
    _, module, name = resource_type.split(":")
    spec = find_spec("pulumi_azure_native")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / module / f"{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}.py"
    assert f'@pulumi.type_token("{resource_type}")' in file.read_text(encoding="utf-8")


def test_the_traffic_type_is_that_of_the_components() -> None:
    assert f"pulumi-python:{EndpointTraffic._resource_type_name}" == ENDPOINT_TRAFFIC


def test_the_pack_imports_nothing_that_a_copied_folder_does_not_have() -> None:
    allowed = {"llama_guardrails", "llama_azure_core", "pulumi", "pydantic", "grpc", "google"}
    modules = PROJECT_ROOT / "policies" / "llama_guardrails"
    for path in modules.rglob("*.py"):
        for name in re.findall(r"^(?:from|import) ([a-z_0-9]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert name in allowed | sys.stdlib_module_names, f"{path}: {name}"
