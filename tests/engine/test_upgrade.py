"""A stack that the version before deployed goes on under this one: nothing is replaced, deleted or made anew.

``upgrade/`` holds what version 0.1.0 (commit c1fb169) left: two stacks' files and exported states, and the sandbox's
own state. Places in the source were left out of the states.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.support.workbench import Workbench, sandbox_command

FOLDER = Path(__file__).parent / "upgrade"
STACKS = ("before", "guest")


def is_provider(resource: dict[str, Any]) -> bool:
    """Whether it is a provider, which goes with the version of the SDK."""
    return str(resource["type"]).startswith("pulumi:providers:")


def urns(resources: list[dict[str, Any]]) -> set[str]:
    return {str(one["urn"]) for one in resources if not is_provider(one)}


def test_a_stack_of_the_version_before_upgrades_without_a_replacement(own_workbench: Workbench) -> None:
    bench = own_workbench
    imported = sandbox_command(bench.home, "import", str(FOLDER / "azure.json"))
    assert imported.returncode == 0, imported.stderr
    kept = {stack: json.loads((FOLDER / f"{stack}.json").read_text(encoding="utf-8")) for stack in STACKS}
    for stack, one in kept.items():
        salt = one["state"]["deployment"]["secrets_providers"]["state"]["salt"]
        content = {"config": one["config"], "encryptionsalt": salt}
        bench.stack_file(stack).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        bench.pulumi("stack", "select", stack, "--create")
        file = bench.folder / f"{stack}.json"
        file.write_text(json.dumps(one["state"]), encoding="utf-8")
        bench.pulumi("stack", "import", "--stack", stack, "--file", str(file))
    for stack, one in kept.items():
        before = one["state"]["deployment"]["resources"]
        changes = bench.changes("up", "--stack", stack)
        assert changes.keys() <= {"same", "update", "read"}, changes
        after = bench.state(stack)
        assert urns(after) == urns(before)
        ids = {resource["urn"]: resource.get("id") for resource in after}
        stayed = [resource for resource in before if resource["urn"] in ids and not is_provider(resource)]
        assert [ids[resource["urn"]] for resource in stayed] == [resource.get("id") for resource in stayed]
        # Versions before kept what components tell, keys included, and the calls that led to each resource.
        own = [resource for resource in after if not resource["type"].startswith("pulumi:")]
        assert not [resource["urn"] for resource in own if resource.get("stackTrace")]
        assert not [resource["urn"] for resource in own if not resource["custom"] and resource.get("outputs")]
        told = next(resource["outputs"] for resource in before if resource["type"] == "pulumi:pulumi:Stack")
        now = bench.outputs(stack)
        assert (now["hub"], now["endpoints"].keys()) == (told["hub"], told["endpoints"].keys())
