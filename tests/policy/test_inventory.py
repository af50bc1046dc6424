"""The pack as a whole: ids, names, pages, configuration, cases and what the engine is told all agree."""

import re
import sys
from collections import defaultdict
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from llama_azure._account_writes import AccountEncryption
from llama_azure._endpoint_traffic import EndpointTraffic
from llama_azure_core._facts import load_facts
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_guardrails import RULES
from llama_guardrails.inventory import AREAS, file_of
from llama_guardrails.pack import Analyzer
from llama_guardrails.resource_types import ACCOUNT_ENCRYPTION, ENDPOINT_TRAFFIC, WATCHED
from llama_guardrails.rule import Level, Rule
from policy_report.rule_page import TakenAwayError, index, rule_page, write_pages

PAGES = PROJECT_ROOT / "docs" / "rules"
FOLDER = "policies/llama_guardrails/llama_guardrails/rules"
INFO = {policy.name: policy for policy in Analyzer(RULES).GetAnalyzerInfo(None, None).policies}  # type: ignore[arg-type]


def test_ids_are_numbered_by_area_without_a_gap() -> None:
    for area in AREAS:
        numbers = [rule.id for rule in RULES if rule.id.split("-")[1] == area]
        assert numbers == [f"LLA-{area}-{number:03}" for number in range(1, len(numbers) + 1)]


def test_an_id_that_was_given_is_neither_taken_away_nor_given_to_another_rule(tmp_path: Path) -> None:
    # The index that is there is the list of what was given: `make rule-pages` writes no other one over it.
    write_pages(tmp_path, RULES)
    before = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    with pytest.raises(TakenAwayError, match=rf"{RULES[-1].id} was given to the rule {RULES[-1].name}\."):
        write_pages(tmp_path, RULES[:-1])
    renamed = [*RULES[:-1], replace(RULES[-1], name="another-name")]
    with pytest.raises(TakenAwayError, match=RULES[-1].name):
        write_pages(tmp_path, renamed)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == before


def test_names_are_unique_and_fit_for_keys() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", rule.name) for rule in RULES)


def test_a_file_is_one_rule_named_as_the_rule_or_a_table_of_rules_about_properties() -> None:
    rules_of: dict[str, list[Rule[Any]]] = defaultdict(list)
    for rule in RULES:
        rules_of[file_of(rule)].append(rule)
    files = {path.name for path in (PROJECT_ROOT / FOLDER).glob("*.py") if path.name[0] != "_"}
    assert set(rules_of) == {f"{FOLDER}/{name}" for name in files}
    for path, rules in rules_of.items():
        if rules[0].check.__module__ != "llama_guardrails.property_rule":
            assert [f"{rule.name.replace('-', '_')}.py" for rule in rules] == [Path(path).name]
        else:
            assert {rule.check.__module__ for rule in rules} == {"llama_guardrails.property_rule"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_why_and_what_to_do(rule: Rule[Any]) -> None:
    for text in (rule.title, rule.why, rule.remedy):
        assert text.endswith(".")
        assert text[0].isupper()
    assert set(rule.types) <= WATCHED
    assert set(rule.sources) <= load_facts("sources").keys()
    assert rule.level is not Level.DISABLED
    described = rule.options.model_json_schema()["properties"].values()
    assert all(one.get("description") for one in described)


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


@pytest.mark.parametrize("resource_type", sorted(WATCHED - {ACCOUNT_ENCRYPTION, ENDPOINT_TRAFFIC}))
def test_every_type_is_one_of_azure_native(resource_type: str) -> None:
    # Looked up in the SDK's text: to import the modules of all these types takes half a minute.
    _, module, name = resource_type.split(":")
    spec = find_spec("pulumi_azure_native")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / module / f"{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}.py"
    assert f'@pulumi.type_token("{resource_type}")' in file.read_text(encoding="utf-8")


def test_the_types_of_what_the_components_write_themselves_are_theirs() -> None:
    assert f"pulumi-python:{EndpointTraffic._resource_type_name}" == ENDPOINT_TRAFFIC
    assert f"pulumi-python:{AccountEncryption._resource_type_name}" == ACCOUNT_ENCRYPTION


def test_the_pack_imports_nothing_that_a_copied_folder_does_not_have() -> None:
    allowed = {"llama_guardrails", "llama_azure_core", "pulumi", "pydantic", "grpc", "google"}
    modules = PROJECT_ROOT / "policies" / "llama_guardrails"
    for path in modules.rglob("*.py"):
        # Whoever wants the rules as policies of the SDK has the SDK.
        more = {"pulumi_policy"} if path.name == "sdk.py" else set()
        for name in re.findall(r"^(?:from|import) ([a-z_0-9]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert name in allowed | more | sys.stdlib_module_names, f"{path}: {name}"
