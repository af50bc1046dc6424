"""``python -m scripts.judged FOLDER``: judge what was exported of the stacks; ``make judged`` exports and judges.

The folder holds, by stack, ``template.json`` and ``resources.json``. The exit code is 0 where every failure has its
reason and every reason its failure, 1 where not, and 3 where a judge could not judge.
"""

import argparse
import json
import sys
from pathlib import Path

from scripts.judged.azure_policy import Definition, PolicyError, judge
from scripts.judged.checkov import CheckovError, judge_templates
from scripts.judged.estate import as_policy_sees
from scripts.judged.verdicts import (
    STACKS,
    Json,
    Verdict,
    built_in_policies,
    judge_resources,
    page,
    problems,
    reasons,
)


def verdicts_of(folder: Path) -> tuple[list[Verdict], list[Json]]:
    """Return what every judge says of the stacks below a folder, and all their resources.

    Raises:
        CheckovError: checkov could not judge.
        OSError: the folder lacks what was exported of a stack.
    """
    resources = {stack: read_resources(folder, stack) for stack in STACKS}
    found = judge_templates(folder)
    for stack, shown in resources.items():
        found += judge_resources(stack, as_policy_sees(shown), built_in_policies())
    return found, [one for shown in resources.values() for one in shown]


def read_resources(folder: Path, stack: str) -> list[Json]:
    """Return the resources of a stack as they were shown."""
    found: list[Json] = json.loads((folder / stack / "resources.json").read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Judge, and write or compare the page."""
    parser = argparse.ArgumentParser(prog="python -m scripts.judged")
    parser.add_argument("folder", type=Path, help="what was exported: build/judged")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the page")
    parser.add_argument("--definitions", type=Path, help="judge by the definitions of Azure Policy below this folder")
    options = parser.parse_args()
    try:
        if options.definitions is not None:
            return _judge_by(options.definitions, options.folder)
        found, resources = verdicts_of(options.folder)
    except (CheckovError, OSError) as error:
        print(f"judged: {error}", file=sys.stderr)
        return 3
    told = problems(found, reasons(), resources)
    for one in told:
        print(f"judged: {one}", file=sys.stderr)
    if options.write is not None:
        options.write.write_text(page(found, reasons()), encoding="utf-8")
    return 1 if told else 0


def _judge_by(definitions: Path, folder: Path) -> int:
    """Judge by definitions of somebody's own; what fails is printed, a line each."""
    estates = {stack: as_policy_sees(read_resources(folder, stack)) for stack in STACKS}
    worst = 0
    for path in sorted(definitions.rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        if "policyRule" not in (document.get("properties", document) if isinstance(document, dict) else {}):
            continue
        for stack, resources in estates.items():
            try:
                definition = Definition.of_azure(document, {})
                failed = judge(definition, resources).failed
            except PolicyError as error:
                print(f"{stack}: {path.name}: not judged: {error}")
                continue
            for one in failed:
                worst = 1
                print(f"{stack}: {definition.effect} {definition.title} ({path.name}): {one}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
