"""Every check passes where it should and speaks up where it should, against a sandbox that is that subscription."""

import pytest

from llama_azure_preflight.checks import CHECKS
from llama_azure_report import Result
from llama_azure_sandbox.client.journal import journal
from tests.preflight.bench import Bench
from tests.preflight.scenarios import WORLDS, World


@pytest.mark.parametrize("world", WORLDS, ids=[world.__name__ for world in WORLDS])
def test_checks_say_what_is_so(bench: Bench, world: World) -> None:
    principal = world(bench)
    expected = WORLDS[world]
    outcome = bench.check(*(f"--only={one.check}" for one in expected), principal=principal)
    for one in expected:
        rows = [row for row in outcome.rows if row["id"] == one.check]
        assert any(row["result"] == one.result and one.words in row["answer"] for row in rows), rows
        if one.result is Result.PASS:
            assert {row["result"] for row in rows} == {"pass"}, rows
    assert all(bool(row["remedy"]) == (row["result"] != "pass") for row in outcome.rows)
    assert outcome.exit_code == (1 if any(one.result is Result.FAIL for one in expected) else 0)


def test_every_check_has_a_world_in_which_it_passes_and_one_in_which_it_does_not() -> None:
    expected = [one for expectations in WORLDS.values() for one in expectations]
    passing = {one.check for one in expected if one.result is Result.PASS}
    speaking_up = {one.check for one in expected if one.result in {Result.FAIL, Result.WARN}}
    assert passing == speaking_up == {check.id for check in CHECKS}


def test_nothing_is_written(bench: Bench) -> None:
    bench.make_project()
    bench.world(unregisteredProviders=["Microsoft.SaaS", "Microsoft.MachineLearningServices"])
    before = journal(bench.home)[-1]["number"]
    bench.check()
    requests = [one for one in journal(bench.home, before) if not one["path"].startswith(("/_sandbox", "/msi"))]
    assert len(requests) > 10
    posts = {one["path"].rsplit("/", 1)[-1] for one in requests if one["method"] == "POST"}
    assert {one["method"] for one in requests} == {"GET", "POST"}
    assert posts == {"checkNameAvailability"}
