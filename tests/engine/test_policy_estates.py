"""Every estate of the policy tests, good ones and such as are broken in one place, judged by the real engine.

`pulumi policy analyze` takes a state to the pack as a deployment would. The estates go into one state, each
in a resource group of its own; rules about the stack as a whole get a state of their own.
"""

import datetime as dt
import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_guardrails import RULES
from llama_guardrails.configuration import GENERAL
from llama_guardrails.findings import read_trailer
from llama_guardrails.view import Resource
from tests.policy.cases import ALL
from tests.policy.judging import DAY
from tests.policy.specimens import GROUP, SUBSCRIPTION_ID
from tests.support import fork_server
from tests.support.states import is_known, relocated, write_state

SECONDS = 180
SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
# Not those that judge what the engine does to a resource, which it tells no policy.
OF_RESOURCES = [
    rule
    for rule in RULES
    if rule.types and not any(one.operation for estate, _ in ALL[rule.name].bad for one in estate)
]
# Not those that no estate decides: they judge the pack's configuration, or the date.
OF_THE_STACK = [rule for rule in RULES if not rule.types and rule.name != GENERAL and ALL[rule.name].good]
DATES = sorted({ALL[rule.name].on or DAY for rule in OF_RESOURCES})

Findings = dict[tuple[str, str], str]
"""By rule and resource: the path at fault."""


def analyze(folder: Path, resources: list[Resource], options: dict[str, Any], on: dt.date) -> Findings:
    """Have the engine judge a state, and return what each rule found."""
    state, configuration = folder / "state.json", folder / "configuration.json"
    write_state(state, resources)
    content = {name: {"enforcementLevel": "mandatory", **given} for name, given in options.items()}
    content[GENERAL] = {"asOf": on.isoformat()}
    configuration.write_text(json.dumps(content), encoding="utf-8")
    answer = subprocess.run(
        ["pulumi", "policy", "analyze", "--file", str(state), "--json", *options_of(configuration)],
        cwd=folder,
        env=os.environ | own_environment(folder),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    events = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    assert any("summaryEvent" in event for event in events), answer.stderr
    found: Findings = {}
    for event in events:
        if "policyEvent" in event:
            said = event["policyEvent"]
            trailer = read_trailer(said["message"])
            assert trailer is not None, said
            assert trailer.kind == "violation", said
            found[said["policyName"], said["resourceUrn"].rsplit("::", 1)[-1]] = trailer.path
    return found


def options_of(configuration: Path) -> tuple[str, ...]:
    return ("--policy-pack", str(fork_server.policy_pack()), "--policy-pack-config", str(configuration))


def own_environment(folder: Path) -> dict[str, str]:
    path = f"{PROJECT_ROOT / '.venv' / 'bin'}:{find_engine().folder}:{os.environ['PATH']}"
    # No backend, no sign-in, no sandbox: a state file is enough.
    return {"PATH": path, "PULUMI_HOME": str(folder / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}


def estates(name: str) -> Iterator[tuple[str, list[Resource], dict[str, str]]]:
    """Yield the estates of a rule's table that a state can hold, with a word for each and what fails in it."""
    cases = ALL[name]
    named: list[tuple[str, list[Resource], dict[str, str]]] = [
        (f"good-{index}", estate, {}) for index, estate in enumerate(cases.good)
    ]
    named += [(f"bad-{index}", estate, failing) for index, (estate, failing) in enumerate(cases.bad)]
    for word, estate, failing in named:
        # A lock or a budget of a whole subscription would reach into the other estates of the state.
        reaches_far = any(str(resource.properties.get("scope")).rstrip("/") == SUBSCRIPTION for resource in estate)
        if not reaches_far and all(is_known(dict(resource.properties)) for resource in estate):
            yield f"{name}-{word}", estate, failing


@pytest.mark.parametrize("on", DATES, ids=str)
def test_the_engine_finds_in_each_estate_what_is_broken_in_it_and_nothing_else(on: dt.date, tmp_path: Path) -> None:
    rules = [rule for rule in OF_RESOURCES if (ALL[rule.name].on or DAY) == on]
    resources: list[Resource] = []
    expected: dict[str, dict[str, str]] = {}
    for rule in rules:
        for word, estate, failing in estates(rule.name):
            expected[word] = {f"{word}/{name}": path for name, path in failing.items()}
            resources += relocated(estate, word, GROUP)
    found = analyze(tmp_path, resources, {rule.name: ALL[rule.name].options for rule in rules}, on)
    of_estate: dict[str, dict[str, str]] = defaultdict(dict)
    for (rule_name, name), path in found.items():
        word = name.split("/", 1)[0]
        # What other rules say of an estate is not this estate's matter.
        if word.startswith((f"{rule_name}-good-", f"{rule_name}-bad-")):
            of_estate[word][name] = path
    assert {word: of_estate[word] for word in expected} == expected
    assert {word.rsplit("-", 2)[0] for word, failing in expected.items() if failing} == {rule.name for rule in rules}


@pytest.mark.parametrize("rule", OF_THE_STACK, ids=lambda rule: rule.name)
def test_the_engine_judges_a_stack_as_a_whole(rule: Any, tmp_path: Path) -> None:
    cases = ALL[rule.name]
    for index, (estate, failing) in enumerate([(cases.good[0], {}), cases.bad[0]]):
        folder = tmp_path / str(index)
        folder.mkdir()
        found = analyze(folder, estate, {rule.name: cases.options}, DAY)
        named = {
            name if name != "llama-azure-prod" else "stack": path
            for (of, name), path in found.items()
            if of == rule.name
        }
        assert named == failing
