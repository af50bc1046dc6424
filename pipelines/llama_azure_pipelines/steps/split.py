"""Split: let other stacks deploy some of a deployed stack's projects, side by side with it, and move their state there.

The new stacks' files come first and the stack's own comes last: an update in between refuses to begin, or fails to make
what is there, and deletes nothing. Each step looks at what is done already, so that a split that was interrupted is
repeated as it was begun.
"""

import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from llama_azure_core.plan import Plan
from llama_azure_core.settings import LOCATION_KEY, NAMESPACE, Project, StackFile
from llama_azure_pipelines import engine
from llama_azure_pipelines.environments import ROOT
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import capture, show
from llama_azure_pipelines.say import say
from llama_azure_pipelines.stacks import planned, read_stack_file

Parts = Mapping[str, tuple[str, ...]]
"""By the name of a stack: the keys of the projects that it deploys."""

FOLDER = ROOT / "build" / "split"

_STACKS = f"{NAMESPACE}:stacks"
_COPIED = (LOCATION_KEY, *(f"{NAMESPACE}:{name}" for name in ("asOf", "regionSnapshot", "allowAsOf")))
"""What else than the provider's own configuration each stack has in its file: the guardrails read it there."""


@dataclass(frozen=True, slots=True)
class _Move:
    """What is moved to one stack."""

    part: str
    components: frozenset[tuple[str, str]]
    """By type, without its package, and name in lower case: the components that the stack declares."""


def dealt(projects: Iterable[str], stack: str, into: int) -> Parts:
    """Deal projects out by their names, in turns, to so many stacks called ``<stack>-1`` and so on."""
    names = sorted(projects)
    if not 0 < into <= len(names):
        raise StepError(f"{stack} has {len(names)} projects to deal out: --into is a number from 1 to that")
    return {f"{stack}-{number + 1}": tuple(names[number::into]) for number in range(into)}


def split(stack: str, parts: Parts, *, into: int | None = None, do: bool) -> None:
    """Move projects of a deployed stack into stacks of their own, or only tell what that would be.

    Args:
        stack: which.
        parts: as somebody lists them; empty to have the projects dealt out.
        into: how many stacks get them dealt out.
        do: whether to do it.

    Raises:
        StepError: it cannot be split so, it has changes that are not deployed, or a command failed; the message says
            what to do, which is to repeat it where something was moved.
    """
    file = read_stack_file(stack)
    if file.part_of is not None:
        raise StepError(f"{stack} is a part of {file.part_of} itself: split that one")
    known = dict(file.settings().stacks)
    homes = {key for keys in known.values() for key in keys}
    left = set(file.settings().projects) - homes
    wanted = dict(parts) or (dealt(left, stack, into or 0) if left or not known else known)
    new = {part: tuple(key for key in keys if key not in known.get(part, ())) for part, keys in wanted.items()}
    divided = known | {part: known.get(part, ()) + keys for part, keys in new.items()}
    moves = [_Move(part, _components(_plan_of(file, part, divided, stack))) for part in wanted]
    _plan_of(file, stack, divided, None)
    for part, keys in wanted.items():
        say(f"{part}: {', '.join(keys)}")
    state = engine.state(stack)
    begun = any(_is_there(move.part) and _urns(engine.state(move.part), move) for move in moves)
    if not begun:
        _require_unchanged([stack], f"deploy it first, `pulumi up --stack {stack}`")
    for move in moves:
        say(f"{move.part}: {len(_urns(state, move))} components of {stack} move there")
    if not do:
        say("nothing was changed: --yes does it")
        return
    backup = _back_up(stack)
    for move in moves:
        _make_stack(move.part, file, divided[move.part])
        _move(stack, move, backup)
    write_stacks(file, divided)
    _require_unchanged([stack, *wanted], f"the state before the split is in {backup}")
    say(f"{stack}: split; now `pulumi up` of {', '.join(wanted)}, and of {stack} last, gives each its own outputs")


def _plan_of(file: StackFile, name: str, parts: Parts, part_of: str | None) -> Plan:
    """Return what a stack would deploy if the file divided the projects so.

    Raises:
        StepError: they cannot be divided so.
    """
    more: dict[str, object] = {_STACKS: {part: list(keys) for part, keys in parts.items()}}
    more |= {} if part_of is None else {f"{NAMESPACE}:partOf": part_of}
    return planned(StackFile(file.path, replace(file.text, config={**file.config, **more})), name)


def _components(plan: Plan) -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for project in plan.projects:
        if project.is_own:
            found.add(("AiProject", project.key.casefold()))
        found |= {("MarketplaceSubscription", one.logical_name.casefold()) for one in project.offers}
        found |= {("ServerlessConnection", one.logical_name.casefold()) for one in project.connections}
        for endpoint in project.endpoints:
            kinds = ("ServerlessEndpoint", "OnlineEndpoint", "OnlineEndpointTraffic")
            found |= {(kind, endpoint.logical_name.casefold()) for kind in kinds}
            found |= {("OnlineDeployment", one.logical_name.casefold()) for one in endpoint.deployments}
    if plan.alerts is not None:
        found |= {("MetricAlert", one.logical_name.casefold()) for one in plan.alerts.rules}
    return frozenset(found)


def _urns(state: list[engine.Json], move: _Move) -> list[str]:
    """Return the components of a state that move, without what is in them."""
    return [
        one["urn"] for one in state if one["urn"].split("::")[2].count("$") == 0 and _key(one["urn"]) in move.components
    ]


def _key(urn: str) -> tuple[str, str]:
    _, _, kind, name = urn.split("::", 3)
    return kind.rsplit("$", 1)[-1].rsplit(":", 1)[-1], name.casefold()


def _move(stack: str, move: _Move, backup: Path) -> None:
    """Move the components to their stack; those that an interrupted move left in both are taken from the old one."""
    there = {_key(urn) for urn in _urns(engine.state(move.part), move)}
    urns = _urns(engine.state(stack), move)
    both = [urn for urn in urns if _key(urn) in there]
    if both:
        _forget(stack, both)
        say(f"{move.part}: {len(both)} components were there already, of a move that was interrupted")
    rest = [urn for urn in urns if _key(urn) not in there]
    if not rest:
        return
    command = ["pulumi", "--non-interactive", "state", "move", "--yes", "--source", stack, "--dest", move.part]
    answer = capture([*command, *rest], engine.variables_of(stack))
    if answer.returncode != 0:
        raise StepError(
            f"{move.part}: pulumi state move failed: {answer.last_words}\n"
            f"repeat the command as it was; the state before it is in {backup}"
        )
    say(f"{move.part}: {len(rest)} components moved")


def _forget(stack: str, components: Iterable[str]) -> None:
    """Take components, and what is in them, out of a state; another stack has them."""
    exported = engine.export(stack)
    resources: list[engine.Json] = exported["deployment"]["resources"]
    gone = set(components)
    for one in resources:  # a parent stands before its children
        if one.get("parent") in gone:
            gone.add(one["urn"])
    kept = [_independent(one, gone) for one in resources if one["urn"] not in gone]
    exported["deployment"]["resources"] = kept
    with tempfile.TemporaryDirectory(prefix="pipelines-") as folder:
        path = Path(folder, "state.json")
        path.write_text(json.dumps(exported), encoding="utf-8")
        command = ["pulumi", "--non-interactive", "stack", "import", "--stack", stack, "--file", str(path)]
        if show(command, engine.variables_of(stack)).returncode != 0:
            raise StepError(f"{stack}: pulumi stack import failed, as said above")


def _independent(resource: engine.Json, gone: set[str]) -> engine.Json:
    """Return a resource of a state that depends on nothing of what is gone."""
    changed = dict(resource)
    if "dependencies" in changed:
        changed["dependencies"] = [one for one in changed["dependencies"] if one not in gone]
    if "propertyDependencies" in changed:
        changed["propertyDependencies"] = {
            name: [one for one in urns or () if one not in gone]
            for name, urns in changed["propertyDependencies"].items()
        }
    return changed


def _back_up(stack: str) -> Path:
    """Keep the state, secrets encrypted, beside those of earlier tries."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{stack}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%f}.json"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(engine.export(stack), file)
    say(f"{stack}: its state is kept in {path.relative_to(ROOT)}")
    return path


def _is_there(stack: str) -> bool:
    answer = capture(["pulumi", "--non-interactive", "stack", "ls", "--json"], engine.variables_of(stack))
    if answer.returncode != 0:
        raise StepError(f"pulumi stack ls failed: {answer.last_words}")
    return any(one["name"].rsplit("/", 1)[-1] == stack for one in json.loads(answer.output))


def _make_stack(part: str, whole: StackFile, projects: tuple[str, ...]) -> None:
    """Write the file of a part, and make its stack with the same provider of secrets; what is there stays."""
    stack = whole.path.name.removeprefix("Pulumi.").removesuffix(".yaml")
    path = whole.path.with_name(f"Pulumi.{part}.yaml")
    if path.exists():
        there = Project(ROOT).own_text(part).config.get(f"{NAMESPACE}:partOf")
        if there != stack:
            raise StepError(f"{path.name} is there already and no part of {stack}: give the part another name")
    else:
        described = whole.text.document["config"]
        own = {
            key: value
            for key, value in described.items()
            if key in _COPIED or (not key.startswith(f"{NAMESPACE}:") and ":" in key)
            if not (isinstance(value, Mapping) and value.keys() == {"secure"})
        }
        text = f"# A part of {stack}: Pulumi.{stack}.yaml describes it, and which projects it deploys.\n"
        _write(path, text + yaml.safe_dump({"config": {f"{NAMESPACE}:partOf": stack, **own}}, sort_keys=False))
    if not _is_there(part):
        provider = str(whole.text.document.get("secretsprovider") or "")
        command = ["pulumi", "--non-interactive", "stack", "init", part, "--no-select"]
        command += ["--secrets-provider", provider] if provider else []
        answer = capture(command, engine.variables_of(stack))
        if answer.returncode != 0:
            raise StepError(f"{part}: pulumi stack init failed: {answer.last_words}")
    has = {_spelled(path) for path in Project(ROOT).own_text(part).secrets}
    for place in _secrets(whole, projects):
        if place not in has:
            _copy_secret(stack, part, place)


def _secrets(whole: StackFile, projects: tuple[str, ...]) -> Iterator[str]:
    """Yield the secrets that a part needs: those of its projects and of the provider."""
    for path in whole.text.secrets:
        if (path[0] == f"{NAMESPACE}:projects" and path[1] in projects) or not str(path[0]).startswith(f"{NAMESPACE}:"):
            yield _spelled(path)


def _spelled(path: tuple[str | int, ...]) -> str:
    """Spell the place of a value as Pulumi does."""
    head, *rest = path
    return str(head) + "".join(f"[{step}]" if isinstance(step, int) else f"[{json.dumps(step)}]" for step in rest)


def _copy_secret(stack: str, part: str, place: str) -> None:
    """Set a secret of one stack in another; it goes through a pipe and stands on no command line."""
    read = ["pulumi", "--non-interactive", "config", "get", "--stack", stack, "--path", place]
    found = capture(read, engine.variables_of(stack))
    if found.returncode != 0:
        raise StepError(f"{stack}: the secret {place} cannot be read: {found.last_words}")
    write = ["pulumi", "--non-interactive", "config", "set", "--stack", part, "--secret", "--path", place]
    if capture(write, engine.variables_of(part), told=found.output.removesuffix("\n")).returncode != 0:
        raise StepError(f"{part}: the secret {place} cannot be set; set it by hand, and repeat the command")


def write_stacks(file: StackFile, parts: Parts) -> None:
    """Write the section `stacks` into a stack's file; all other lines stay as they are."""
    lines = file.path.read_text(encoding="utf-8").splitlines(keepends=True)
    config = next((at for at, line in enumerate(lines) if line.rstrip() == "config:"), None)
    first = min((one.line for path, one in file.text.written.items() if len(path) == 1), default=0)
    told = {_STACKS: {part: list(keys) for part, keys in parts.items()}}
    if config is None or not first:
        raise StepError(f"{file.path.name}: add this under config, all else is done:\n{yaml.safe_dump(told)}")
    indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
    if (old := file.text.written.get((_STACKS,))) is not None:
        end = old.line
        while end < len(lines) and (not lines[end].strip() or lines[end].startswith(f"{indent} ")):
            end += 1
        del lines[old.line - 1 : end]
    section = yaml.safe_dump(told, sort_keys=False, default_flow_style=None, width=1000)
    lines[config + 1 : config + 1] = [f"{indent}{line}\n" for line in section.splitlines()]
    _write(file.path, "".join(lines))


def _write(path: Path, text: str) -> None:
    """Write a file so that whoever is interrupted leaves the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _require_unchanged(stacks: list[str], otherwise: str) -> None:
    """Preview stacks, and have none of them change anything.

    Raises:
        StepError: one would; the message says what, and ``otherwise`` what to do.
    """
    for stack in stacks:
        run = engine.preview(stack)
        told = [*run.errors, *(f"{one.operation} {one.type} {one.name}" for one in run.steps)]
        if told:
            lines = "\n".join(f"  {one}" for one in told[:20])
            raise StepError(f"{stack}: a preview shows changes; {otherwise}\n{lines}")
        say(f"{stack}: nothing to change")
