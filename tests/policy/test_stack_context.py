"""What a pack's process is told of the stack it judges."""

import datetime as dt
from collections.abc import Iterator

import pulumi
import pytest

from llama_guardrails.configuration import GeneralOptions
from llama_guardrails.context import Deployer, Moment
from llama_guardrails.stack_context import stack_context

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


def test_the_stacks_deployers_are_known() -> None:
    pulumi.runtime.set_all_config({"llama-azure:deployers": DEPLOYERS})
    assert stack_context(GeneralOptions()).deployers == (Deployer("p", True), Deployer("q", False))
