"""The report of a pull request, from the engine's events to three files and an exit code."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from junitparser import JUnitXml

from llama_azure_core.prices import money, price_list
from llama_azure_report import Report, read_json, to_json, to_junit, to_markdown, to_sarif
from llama_guardrails import RULES
from llama_guardrails.configuration import parse_configuration
from llama_guardrails.findings import Finding, Kind, write_trailer
from llama_guardrails.pack import NAME
from llama_guardrails.rule import Level
from policy_report import cli
from policy_report.configurations import configuration_file, told_of_its_stack
from policy_report.engine import read_run
from policy_report.errors import ReportError
from policy_report.outcome import ExitCode, exit_code, make_report
from policy_report.stack_lines import lines_of
from tests.policy.judging import BY_NAME

REGION = BY_NAME["serverless-model-supported-region"]
URN = "urn:pulumi:prod::llama-azure::llama-azure:index:S$azure-native:machinelearningservices:ServerlessEndpoint::llama"
SAID = "westeurope is not allowed here | only <eastus2>"


def event(kind: Kind, level: Level = Level.MANDATORY, name: str = REGION.name, urn: str = URN) -> dict[str, Any]:
    rule = BY_NAME[name]
    trailer = write_trailer(Finding(rule.id, name, kind, level, urn, "location", ""))
    return {
        "policyEvent": {
            "resourceUrn": urn,
            "policyName": name,
            "policyPackName": NAME,
            "enforcementLevel": "advisory" if kind is Kind.UNDECIDED else level.value,
            "message": f"{rule.title}\n{SAID}.\nRemedy: {rule.remedy}\n{trailer}\n",
        }
    }


def summary(*reasons: str) -> dict[str, Any]:
    skipped = [{"policyName": REGION.name, "reason": reason} for reason in reasons]
    return {"policyAnalyzeSummaryEvent": {"policyPackName": NAME, "resourceUrn": URN, "notApplicable": skipped}}


def report(*events: dict[str, Any], **configuration: Any) -> Report:
    lines = [json.dumps(one) for one in (*events, {"summaryEvent": {}})]
    judged_by = parse_configuration(configuration, RULES, "test")
    run = read_run(lines)
    file = "stacks/Pulumi.prod.yaml"
    return make_report(run, RULES, judged_by, stack="prod", environment="prod", origin="preview", file=file)


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([], ExitCode.CLEAN),
        ([event(Kind.VIOLATION, Level.ADVISORY)], ExitCode.CLEAN),
        ([event(Kind.UNDECIDED, Level.ADVISORY)], ExitCode.CLEAN),
        ([event(Kind.VIOLATION)], ExitCode.VIOLATIONS),
        ([event(Kind.UNDECIDED)], ExitCode.UNDECIDED),
        ([event(Kind.UNDECIDED), event(Kind.VIOLATION)], ExitCode.VIOLATIONS),
        ([event(Kind.VIOLATION), event(Kind.CRASHED)], ExitCode.COULD_NOT_RUN),
    ],
)
def test_the_exit_code_says_the_worst(events: list[dict[str, Any]], code: ExitCode) -> None:
    assert exit_code(report(*events)) == code


GROUP = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces"


def step(operation: str, kind: str, azure_id: str, /, **inputs: Any) -> dict[str, Any]:
    name = azure_id.rsplit("/", 1)[-1]
    urn = f"urn:pulumi:prod::llama-azure::azure-native:{kind}::{name}-in-the-program"
    old = {"id": azure_id, "inputs": inputs}
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn, "type": f"azure-native:{kind}", "old": old}}}


def test_what_would_be_lost_is_told_with_its_name_and_with_what_is_in_it() -> None:
    events = [
        step("replace", "machinelearningservices:Workspace", f"{GROUP}/hub", kind="Hub"),
        step("delete-replaced", "machinelearningservices:Workspace", f"{GROUP}/hub", kind="Hub"),
        step("same", "machinelearningservices:Workspace", f"{GROUP}/one", kind="Project", hubResourceId=f"{GROUP}/HUB"),
        step("delete", "machinelearningservices:Workspace", f"{GROUP}/two", kind="Project", hubResourceId=f"{GROUP}/x"),
        step("same", "machinelearningservices:ServerlessEndpoint", f"{GROUP}/two/serverlessEndpoints/llama"),
        step("update", "storage:StorageAccount", f"{GROUP}/st"),
        step("delete", "machinelearningservices:ServerlessEndpoint", f"{GROUP}/one/serverlessEndpoints/other"),
    ]
    found = report(*events, **{"no-loss-of-data": "mandatory"})
    assert [one.answer for one in found.findings] == [
        "The hub hub is to be deleted and made anew. It holds one.",
        "The project two is to be deleted. It holds llama.",
    ]
    assert exit_code(found) is ExitCode.VIOLATIONS
    assert exit_code(report(*events, **{"no-loss-of-data": "advisory"})) is ExitCode.CLEAN
    for text in (to_markdown(found), to_sarif(found), to_junit(found), to_json(found)):
        assert "The project two is to be deleted. It holds llama." in text


def test_a_deployment_that_is_made_anew_under_traffic_is_told_with_its_share() -> None:
    chat = f"{GROUP}/one/onlineEndpoints/chat"
    traffic = step("same", "x", chat, traffic={"blue": 90.0, "green": 0})
    traffic["resourcePreEvent"]["metadata"]["type"] = "pulumi-python:dynamic/llama-azure:EndpointTraffic"
    events = [
        step("replace", "machinelearningservices:OnlineDeployment", f"{chat}/deployments/{name}")
        for name in ("blue", "green")
    ]
    told = to_markdown(report(*events, traffic))
    assert "The deployment blue has 90 % of the requests of chat and is to be deleted and made anew." in told
    assert "The deployment green" not in told


def test_an_environment_may_let_a_rule_stay_undecided() -> None:
    allowed = report(event(Kind.UNDECIDED), **{REGION.name: {"allowUndecided": True}})
    assert exit_code(allowed) is ExitCode.CLEAN
    violated = report(event(Kind.VIOLATION), **{REGION.name: {"allowUndecided": True}})
    assert exit_code(violated) is ExitCode.VIOLATIONS


def test_a_remark_of_the_engine_about_a_rule_is_undecided_at_the_rules_own_level() -> None:
    said = event(Kind.VIOLATION)
    said["policyEvent"] |= {"message": "can't run policy during preview", "enforcementLevel": "advisory"}
    assert exit_code(report(said)) is ExitCode.UNDECIDED


def test_findings_of_another_pack_are_not_ours() -> None:
    said = event(Kind.VIOLATION)
    said["policyEvent"]["policyPackName"] = "another"
    assert report(said).findings == ()


def test_a_finding_that_is_told_twice_counts_once() -> None:
    assert len(report(event(Kind.VIOLATION), event(Kind.VIOLATION)).findings) == 1


def test_exemptions_are_counted() -> None:
    told = report(summary("exempt until 2030-01-01 (team): because", "no regions are configured"))
    assert told.note == "1 resources in the preview, judged as `prod`. 1 exempt."
    assert told.note in to_markdown(told)


def test_a_preview_says_what_it_makes_of_the_cost() -> None:
    kind = "azure-native:network:PrivateEndpoint"
    made = {"op": "create", "urn": URN, "type": kind, "new": {"type": kind, "inputs": {"location": "eastus2"}}}
    note = report(summary(), {"resourcePreEvent": {"metadata": made}}).note
    price = price_list().price("privateEndpoint", "eastus2")
    month = money(price_list().monthly(price, Decimal(1)), "USD")
    assert note.endswith(f" What stands there: 0.00 USD → {month} a month (+{month}), list prices.")


FINDINGS = report(
    event(Kind.VIOLATION),
    event(Kind.UNDECIDED, name="vm-size-fits-model"),
    event(Kind.CRASHED, name="cores-within-quota", urn="urn:pulumi:prod::llama-azure::pulumi:pulumi:Stack::p-prod"),
    event(Kind.VIOLATION, Level.ADVISORY, name="workspace-not-public"),
)
WRITTEN = {
    "json": to_json(FINDINGS),
    "md": to_markdown(FINDINGS, "https://example.org/blob/main/"),
    "sarif": to_sarif(FINDINGS, "https://example.org/blob/main"),
    "xml": to_junit(FINDINGS),
}


@pytest.mark.parametrize("kind", sorted(WRITTEN))
def test_every_file_has_what_the_rule_said_of_the_resource(kind: str) -> None:
    text = WRITTEN[kind]
    for part in (REGION.id, "llama", "location", REGION.remedy, "westeurope is not allowed here"):
        assert part in text
    assert REGION.page in text or kind == "xml"


def test_a_report_is_read_back_as_it_was_written() -> None:
    assert read_json(WRITTEN["json"]) == FINDINGS
    for text in ("", "[]", "{}", '{"rules": 1}'):
        with pytest.raises(ValueError, match=r"report|Expecting"):
            read_json(text)


def test_what_blocks_comes_first_and_advice_is_folded_away() -> None:
    text = WRITTEN["md"]
    assert text.startswith("### Guardrails of `prod`: 1 fail, 1 error, 1 unknown, 1 warn, 0 pass\n")
    assert [line for line in text.splitlines() if line.startswith(("#### ", "<details>"))] == [
        "#### what blocks",
        "<details><summary>advice (1)</summary>",
    ]
    rows = [line.split(" | ")[0] for line in text.splitlines() if "LLA-" in line]
    assert rows == ["| ❌ fail", "| 💥 error", "| ❔ unknown", "| ⚠️ warn"]
    assert f"[{REGION.id}](https://example.org/blob/main/{REGION.page})" in text
    assert "westeurope is not allowed here \\| only &lt;eastus2>" in text


@pytest.mark.parametrize("name", ["foundry-model-not-ending-soon", "serverless-model-not-ending-soon"])
def test_the_countdown_of_a_model_is_not_folded_away(name: str) -> None:
    text = to_markdown(read_json(to_json(report(event(Kind.VIOLATION, Level.ADVISORY, name)))))
    open_part, _, _ = text.partition("<details>")
    assert "#### what ends soon" in open_part
    assert BY_NAME[name].id in open_part


def test_one_cause_is_one_row_and_one_alert() -> None:
    many = report(*(event(Kind.VIOLATION, urn=f"{URN}-{number}") for number in range(2000)))
    (row,) = [line for line in to_markdown(many).splitlines() if REGION.id in line]
    assert "2000: llama-0, llama-1, llama-10, llama-100, llama-1000 and 1995 more" in row
    (result,) = json.loads(to_sarif(many))["runs"][0]["results"]
    assert len(result["locations"][0]["logicalLocations"]) == 2000


def test_a_comment_is_never_longer_than_a_comment_may_be_and_its_folds_are_closed() -> None:
    events = [event(Kind.VIOLATION, Level.ADVISORY, urn=f"{URN}-{number}") for number in range(2000)]
    for number, one in enumerate(events):
        one["policyEvent"]["message"] = one["policyEvent"]["message"].replace(SAID, f"{SAID} {number}")
    text = to_markdown(report(event(Kind.VIOLATION), *events))
    assert len(text) < 65_536
    assert text.count("<details>") == text.count("</details>") == 1
    assert "more are left out here" in text
    assert text.endswith("it is in the report in another format, such as JSON.\n")


@pytest.mark.parametrize(
    ("subject", "path", "line"),
    [
        ("llama", "location", 2),
        ("llama", "tags.owner", 3),
        ("hub-vault", "properties.softDelete", 4),
        ("assistants", "publicNetworkAccess", 6),
        ("assistants-chat-endpoint", "properties.authMode", 11),
        ("assistants-chat-blue", "sku.capacity", 13),
        ("assistants-chat-green-autoscale", "", 14),
        ("assistants-llama-3-3-70b-instruct-ab12cd-endpoint", "properties.modelSettings.modelId", 8),
        ("assistants-named-endpoint", "", 9),
        ("assistants-Llama-3.3-70B-Instruct-subscription", "", 8),
    ],
)
def test_a_finding_lies_in_the_line_that_decides_it(tmp_path: Path, subject: str, path: str, line: int) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(
        """config:
  azure-native:location: westeurope
  llama-azure:tags: { owner: team }
  llama-azure:hub: { name: hub }
  llama-azure:projects:
    assistants:
      serverless:
        - model: Llama-3.3-70B-Instruct
        - { model: Meta-Llama-3-8B-Instruct, name: named }
      managed:
        chat:
          deployments:
            blue: { model: Meta-Llama-3-8B, vmSize: Standard_NC24ads_A100_v4 }
            green: { model: Meta-Llama-3-8B, vmSize: Standard_NC24ads_A100_v4 }
  llama-azure:resourceGroup: rg
  llama-azure:asOf: 2025-01-01
""",
        encoding="utf-8",
    )
    assert lines_of(file)(subject, path) == line


@pytest.mark.parametrize("text", ["", "config: [", "[]", "config: {llama-azure:projects: &a {a: {managed: *a}}}"])
def test_a_file_that_tells_nothing_is_no_reason_to_fail(tmp_path: Path, text: str) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(text, encoding="utf-8")
    assert lines_of(file)("a-a-a", "path") in (0, 1)
    assert lines_of(tmp_path / "nowhere")("a", "location") == 0


def test_the_sarif_has_the_shape_that_code_scanning_reads() -> None:
    document = json.loads(WRITTEN["sarif"])
    jsonschema.validate(document, SARIF_SHAPE)
    run = document["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("LLA-REG-001", "error"),
        ("LLA-CMP-002", "error"),
        ("LLA-CMP-001", "none"),
        ("LLA-NET-001", "warning"),
    ]
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in run["tool"]["driver"]["rules"]}
    assert levels == {
        rule.id: "error" if rule.level is Level.MANDATORY else "warning" for rule in RULES if rule.id in levels
    }
    assert all(
        rule["helpUri"].startswith("https://example.org/blob/main/docs/") for rule in run["tool"]["driver"]["rules"]
    )
    assert all(one["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1 for one in run["results"])
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    location = run["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "stacks/Pulumi.prod.yaml"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == URN


def test_the_junit_file_fails_what_blocks_and_has_every_rule() -> None:
    document = JUnitXml.fromstring(WRITTEN["xml"].encode())
    # What could not be judged and blocks is an error, whether the rule failed or the preview knows too little.
    assert (document.failures, document.errors, document.skipped) == (1, 2, 1)
    classes = {case.classname for suite in document for case in suite}
    assert classes == {rule.id for rule in RULES}


def test_an_error_of_the_program_is_kept_and_the_one_that_follows_a_violation_is_not() -> None:
    lines = [
        json.dumps({"diagnosticEvent": {"severity": severity, "message": text}})
        for severity, text in (("error", "preview failed\n"), ("error", "the program broke\n"), ("info", "hello\n"))
    ]
    run = read_run(["not an event", *lines])
    assert (run.errors, run.is_finished) == (["the program broke"], False)


def test_a_state_is_judged_by_the_date_of_its_stack(tmp_path: Path) -> None:
    configuration, stack_file = tmp_path / "prod.json", tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text('config:\n  llama-azure:asOf: "2024-07-01"\n  llama-azure:regionSnapshot: seed\n')
    configuration.write_text(
        '{"judged-on-today": "disabled", "guardrails-configuration": {"regionSnapshot": "aug-2024"}}'
    )
    with told_of_its_stack(configuration, stack_file) as told:
        content = json.loads(told.read_text())
    assert content["guardrails-configuration"] == {"asOf": "2024-07-01", "regionSnapshot": "aug-2024"}


def test_a_state_of_a_stack_that_is_held_to_today_is_judged_on_today(tmp_path: Path) -> None:
    configuration, stack_file = tmp_path / "prod.json", tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text("config:\n  llama-azure:asOf: 2024-07-01\n")
    configuration.write_text("{}")
    with told_of_its_stack(configuration, stack_file) as told:
        assert json.loads(told.read_text())["guardrails-configuration"] == {}


def test_an_environment_without_a_configuration_is_told_which_there_are(tmp_path: Path) -> None:
    folder = tmp_path / "policies" / "config"
    folder.mkdir(parents=True)
    (folder / "dev.json").write_text("{}")
    with pytest.raises(ReportError, match=r"prod\.json is missing.*\(dev\)"):
        configuration_file(tmp_path, "prod")


@pytest.mark.parametrize(
    ("configuration", "said"),
    [(None, "prod.json is missing"), ('{"no-such-rule": "advisory"}', "no-such-rule is not a rule")],
)
def test_what_cannot_run_says_why_without_a_traceback(tmp_path: Path, configuration: str | None, said: str) -> None:
    folder = tmp_path / "policies" / "config"
    folder.mkdir(parents=True)
    if configuration is not None:
        (folder / "prod.json").write_text(configuration)
    answer = CliRunner().invoke(cli.main, ["--stack", "org/llama/prod", "--project", str(tmp_path)])
    assert answer.exit_code == ExitCode.COULD_NOT_RUN
    assert said in answer.output
    assert "Traceback" not in answer.output


SARIF_SHAPE = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["ruleId", "message", "locations", "level", "kind"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
                                "message": {"required": ["text"]},
                            },
                        },
                    }
                },
            },
        },
    },
}
"""The parts of the SARIF 2.1.0 schema that this report writes."""
