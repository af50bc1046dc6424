"""What the policy pack costs: whole, against a pack of one trivial rule, and beside other policy engines."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.peers import checkov_command, opa_command
from bench.processes import Cost, run_measured
from bench.processor_ratio import estate
from bench.results import write_results
from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.environment import POLICY_PACK
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_guardrails import RULES
from llama_guardrails import resource_types as types
from llama_guardrails.configuration import GENERAL
from llama_guardrails.rule import When
from llama_guardrails.view import Resource
from tests.policy.judging import DAY
from tests.support.states import write_state

RESOURCES, MANY = 1_000, 10_000
_TRIVIAL = PROJECT_ROOT / "bench" / "policies" / "trivial"
_BY_SDK = PROJECT_ROOT / "bench" / "policies" / "by_sdk"
_MEBIBYTE = 2**20
_ARM_TYPES = {
    types.WORKSPACE: "Microsoft.MachineLearningServices/workspaces",
    types.MARKETPLACE_SUBSCRIPTION: "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions",
    types.SERVERLESS_ENDPOINT: "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
    types.STORAGE_ACCOUNT: "Microsoft.Storage/storageAccounts",
}
_ENVELOPE = frozenset({"location", "kind", "identity", "tags", "sku", "properties"})
_NAMES = ("workspaceName", "name", "accountName")


def measure_policy_cost() -> Iterator[str]:
    """Judge the same resources by each, and yield the lines to print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        some, many = _state(folder, RESOURCES), _state(folder, MANY)
        template = _template(folder, RESOURCES)
        trivial = _analyze(folder, some, _TRIVIAL)
        whole = _analyze(folder, some, POLICY_PACK)
        of_stack = sum(rule.when is When.STACK for rule in RULES)
        counts = {"RULES": str(len(RULES) - of_stack), "STACK_RULES": str(of_stack)}
        by_sdk = _analyze(folder, some, _TRIVIAL, **counts)
        same = _analyze(folder, some, _BY_SDK, AS_OF=DAY.isoformat())
        large = _analyze(folder, many, POLICY_PACK)
        checkov = run_measured(checkov_command(template), folder, os.environ)
        opa = run_measured(opa_command(template), folder, os.environ)
    yield _line(f"one trivial rule of the SDK, {RESOURCES} resources", trivial)
    yield _line(f"the whole pack, {len(RULES)} rules", whole)
    yield _line(f"{len(RULES)} trivial rules of the SDK", by_sdk)
    yield _line("the rules as policies of the SDK", same)
    yield _line(f"the whole pack, {MANY} resources", large)
    yield f"{'checkov, the same resources as an ARM template':50} {checkov.seconds:6.1f} s"
    yield f"{'OPA, 7 of the rules in Rego, the same template':50} {opa.seconds:6.1f} s"
    yield f"{'whole pack / one trivial rule':50} {whole.seconds / trivial.seconds:6.2f}"
    yield f"{'as many trivial rules of the SDK / whole pack':50} {by_sdk.seconds / whole.seconds:6.2f}"
    yield f"{'the rules as policies of the SDK / whole pack':50} {same.seconds / whole.seconds:6.2f}"
    yield f"{'the same, processor time of the rules alone':50} {_processor_ratio(RESOURCES):6.2f}"
    yield f"{'checkov / whole pack':50} {checkov.seconds / whole.seconds:6.2f}"
    yield f"{'OPA / whole pack':50} {opa.seconds / whole.seconds:6.2f}"
    yield f"{'memory, ten times the resources':50} {large.peak_bytes / whole.peak_bytes:6.2f}"

    write_results(
        "policy-cost",
        {
            "pack-by-one-trivial-rule": whole.seconds / trivial.seconds,
            "pack-by-checkov": whole.seconds / checkov.seconds,
            "memory-of-ten-times-the-resources": large.peak_bytes / whole.peak_bytes,
        },
        rules=len(RULES),
        resources=RESOURCES,
    )


def _processor_ratio(count: int) -> float:
    command = [str(PROJECT_ROOT / ".venv-policy-sdk" / "bin" / "python"), "-m", "bench.processor_ratio", str(count)]
    return float(subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout)


def _line(what: str, cost: Cost) -> str:
    return f"{what:50} {cost.seconds:6.1f} s  {cost.peak_bytes / _MEBIBYTE:6.0f} MiB below the command"


def _state(folder: Path, count: int) -> Path:
    path = folder / f"{count}.state.json"
    write_state(path, estate(count))
    return path


def _template(folder: Path, count: int) -> Path:
    path = folder / f"{count}.template.json"
    content = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [_arm_resource(one) for one in estate(count)],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _arm_resource(resource: Resource) -> dict[str, Any]:
    given = dict(resource.properties)
    names = [str(given.pop(key)) for key in _NAMES if key in given]
    given.pop("resourceGroupName", None)
    envelope = {key: value for key, value in given.items() if key in _ENVELOPE}
    flattened = {key: value for key, value in given.items() if key not in _ENVELOPE}
    properties = {**envelope.pop("properties", {}), **flattened}
    kind = {"type": _ARM_TYPES[resource.type], "apiVersion": "2025-12-01", "name": "/".join(names)}
    return {**kind, **envelope, "properties": properties}


def _analyze(folder: Path, state: Path, pack: Path, **variables: str) -> Cost:
    environment = ".venv" if pack == POLICY_PACK else ".venv-policy-sdk"
    path = f"{PROJECT_ROOT / environment / 'bin'}:{find_engine().folder}:{os.environ['PATH']}"
    own = {"PATH": path, "PULUMI_HOME": str(folder / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true", **variables}
    command = ["pulumi", "policy", "analyze", "--file", str(state), "--policy-pack", str(pack), "--json"]
    if pack == POLICY_PACK:
        # A finding that blocks would end the command with an error: the estate is judged when its model was new.
        configuration = folder / "configuration.json"
        configuration.write_text(json.dumps({GENERAL: {"asOf": DAY.isoformat()}}), encoding="ascii")
        command += ["--policy-pack-config", str(configuration)]
    return run_measured(command, folder, os.environ | own)
