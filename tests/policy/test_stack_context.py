"""What a pack's process is told of the stack it judges."""

import datetime as dt
from collections.abc import Iterator

import pulumi
import pytest

from llama_guardrails import RULES
from llama_guardrails.configuration import GeneralOptions, parse_configuration
from llama_guardrails.context import Context, Deployer, Moment
from llama_guardrails.estate import Estate
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.resource_types import ROLE_ASSIGNMENT, SERVERLESS_ENDPOINT
from llama_guardrails.stack_context import stack_context
from tests.policy.judging import BY_NAME, judge
from tests.policy.specimens import specimen

DEPLOYERS = '{"ci": {"principalId": "p"}, "me": {"principalId": "q", "maySubscribe": false}}'


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)
    pulumi.runtime.set_all_config({})
    yield
    pulumi.runtime.set_all_config({})


@pytest.mark.parametrize(
    ("dry_run", "moment"), [(None, Moment.STATE), ("true", Moment.PREVIEW), ("false", Moment.UPDATE)]
)
def test_the_moment_is_what_the_engine_says(
    monkeypatch: pytest.MonkeyPatch, dry_run: str | None, moment: Moment
) -> None:
    if dry_run is not None:
        monkeypatch.setenv("PULUMI_DRY_RUN", dry_run)
    assert stack_context(GeneralOptions()).moment is moment


def test_a_stacks_own_date_and_snapshot_come_before_the_packs() -> None:
    general = GeneralOptions(as_of=dt.date(2025, 1, 1), region_snapshot="oct-2024")
    assert stack_context(general).on == dt.date(2025, 1, 1)
    assert stack_context(general).regions_on == dt.date(2024, 10, 1)
    pulumi.runtime.set_all_config({"llama-azure:asOf": "2024-07-01", "llama-azure:regionSnapshot": "seed"})
    context = stack_context(general)
    assert (context.on, context.regions_on) == (dt.date(2024, 7, 1), dt.date(2024, 4, 18))


@pytest.mark.parametrize("written", ["2024-07-01", "2024-07-01 00:00:00 +0000 UTC"])
def test_a_date_counts_with_quotes_and_without(written: str) -> None:
    pulumi.runtime.set_all_config({"llama-azure:asOf": written})
    assert stack_context(GeneralOptions()).on == dt.date(2024, 7, 1)


def test_what_a_stack_says_wrongly_counts_as_not_said() -> None:
    wrong = {"asOf": "yesterday", "regionSnapshot": "nonsense", "deployers": "[1]"}
    pulumi.runtime.set_all_config({f"llama-azure:{key}": value for key, value in wrong.items()})
    context = stack_context(GeneralOptions())
    assert (context.on, context.regions_on, context.deployers) == (dt.date.today(), dt.date.today(), ())
    assert [problem.split(":")[1] for problem in context.problems] == ["asOf", "regionSnapshot", "deployers"]
    rule = BY_NAME["judged-on-today"]
    outcome = judge(rule, [], problems=context.problems)
    assert "yesterday" in outcome.messages


def test_where_a_stack_is_held_to_today_its_own_date_switches_nothing_off() -> None:
    endpoint = specimen(SERVERLESS_ENDPOINT, "endpoint")  # of a model that was retired in 2025
    context = Context(on=dt.date(2024, 7, 1), regions_on=dt.date(2024, 7, 1), today=dt.date(2026, 11, 27))

    def found(**rules: str) -> set[str]:
        evaluator = Evaluator(RULES, parse_configuration(rules, RULES, "test"), context)
        both = evaluator.judge(endpoint), evaluator.judge_estate(Estate([endpoint]))
        return {finding.rule_name for verdict in both for finding in verdict.findings}

    held = found()
    assert {"judged-on-today", "serverless-model-can-be-deployed"} <= held
    assert not {"judged-on-today", "serverless-model-can-be-deployed"} & found(**{"judged-on-today": "disabled"})


def test_the_stacks_deployers_are_known() -> None:
    pulumi.runtime.set_all_config({"llama-azure:deployers": DEPLOYERS})
    assert stack_context(GeneralOptions()).deployers == (Deployer("p", True), Deployer("q", False))


@pytest.mark.parametrize(
    ("metadata", "is_local"),
    [("https://127.0.0.1:9141/", True), ("https://management.azure.com", False), (None, False)],
)
def test_a_principal_of_an_example_is_let_pass_on_this_machine_alone(
    monkeypatch: pytest.MonkeyPatch, metadata: str | None, is_local: bool
) -> None:
    for name in ("ARM_CLOUD_METADATA_URL", "ARM_METADATA_HOSTNAME"):
        monkeypatch.delenv(name, raising=False)
    if metadata is not None:
        monkeypatch.setenv("ARM_CLOUD_METADATA_URL", metadata)
    context = stack_context(GeneralOptions())
    assert context.is_local is is_local
    given = specimen(ROLE_ASSIGNMENT, "given", {"principalId": "00000000-0000-0000-0000-00000000d3b2"})
    outcome = judge(BY_NAME["no-placeholder-principal"], [given], is_local=context.is_local)
    assert (outcome.passing, outcome.failing) == (({"given"}, {}) if is_local else (set(), {"given": "principalId"}))
