"""Stacks as the page shows them: from their files, state and reports, and where asked for, a preview and Azure."""

import datetime as dt
import json
import os
import ssl
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_azure_access import AccessError, ArmClient, ArmError
from llama_azure_cli.errors import CommandError
from llama_azure_cli.stack import Stack
from llama_azure_core.plan import BackEnd, Plan
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT, WORKSPACE, api_version
from llama_azure_core.settings import SettingsError
from llama_azure_page.asking import Askable, SourceError
from llama_azure_page.build import make_page
from llama_azure_page.document import NotKnown, Page
from llama_azure_page.inputs import Judged, Preview, StackInputs, Unreadable, read_preview
from llama_azure_page.reading import askable, endpoints_output, judged
from llama_azure_report import last_report, read_json
from llama_azure_report.events import NO_POLICY_PACK, STREAMING

_REREAD_SECONDS = 60.0
"""After so long the state is read anew while somebody looks at the page."""


@dataclass(frozen=True, slots=True)
class _Read:
    version: str
    page: Page
    askable: Mapping[str, Askable]


class PageStacks:
    """Stacks of a project, for the page and its playground. Safe to use from several threads.

    Args:
        stacks: which.
        reports: files of reports in JSON; where a stack and a tool have none, the last one below ``build``.
        preview: whether the engine is asked what an update would change.
        live: whether Azure is asked for traffic and quota.
    """

    def __init__(self, stacks: Sequence[Stack], reports: Sequence[Path] = (), *, preview: bool, live: bool) -> None:
        self._stacks = {one.name.rsplit("/", 1)[-1]: one for one in stacks}
        self._reports = _by_tool_and_stack(reports)
        self._preview = preview
        self._live = live
        self._lock = threading.Lock()
        self._read: _Read | None = None

    def inputs(self) -> list[StackInputs | Unreadable]:
        """Read every stack.

        Raises:
            CommandError: the Pulumi CLI cannot be run.
        """
        return [self._inputs(name, stack)[0] for name, stack in self._stacks.items()]

    def version(self) -> str:
        """Return what differs once the page may differ: its files, and a minute later the state."""
        times = [path.stat().st_mtime_ns for path in self._files() if path.exists()]
        return json.dumps([times, time.monotonic() // _REREAD_SECONDS])

    def page(self) -> Page:
        """Return the page as it is now."""
        return self._current().page

    def askable(self) -> Mapping[str, Askable]:
        """Return the deployed endpoints that chat or complete, by id."""
        return self._current().askable

    def credential(self, endpoint: Askable) -> str:
        """Return the endpoint's key from the stack, or a token of whoever is signed in; neither is kept.

        Raises:
            SourceError: there is none.
        """
        stack, callee = self._stacks[endpoint.environment], endpoint.callee
        try:
            if not callee.takes_keys:
                return stack.account.token(callee.token_scope)
            keys = stack.outputs(secrets=True).get("endpointKeys") or {}
        except (AccessError, CommandError) as error:
            raise SourceError(str(error)) from None
        if callee.name not in keys:
            raise SourceError(f"stack {stack.name} exports no key of {callee.name}; deploy it anew")
        return str(keys[callee.name])

    def note(self) -> str:
        """Return whose money it is."""
        return "What is asked here is asked of Azure, and paid for as any other request."

    def trust(self) -> ssl.SSLContext:
        """Trust whom this machine trusts, and whom the variables of OpenSSL name."""
        return ssl.create_default_context()

    def _current(self) -> _Read:
        version = self.version()
        with self._lock:
            if self._read is None or self._read.version != version:
                both = [self._inputs(name, stack) for name, stack in self._stacks.items()]
                page = make_page([inputs for inputs, _ in both], dt.datetime.now(dt.UTC))
                outputs = dict(zip(self._stacks, (outputs for _, outputs in both), strict=True))
                self._read = _Read(version, page, {one.id: one for one in askable(page, outputs)})
            return self._read

    def _files(self) -> list[Path]:
        found = []
        for name, stack in self._stacks.items():
            folder = stack.project.folder
            found += [
                folder / stack.project.path(name),
                *(last_report(folder, tool, name) for tool in ("guardrails", "preflight")),
            ]
        return found

    def _inputs(self, name: str, stack: Stack) -> tuple[StackInputs | Unreadable, Mapping[str, Any]]:
        stack = Stack(stack.name)  # what it remembers of its file may be old
        try:
            made = stack.plan
        except SettingsError as error:
            return Unreadable(name, str(error), dt.datetime.now(dt.UTC).date()), {}
        try:
            resources: list[dict[str, Any]] | NotKnown = stack.state()
        except CommandError as error:
            resources = NotKnown(not_known=_in_a_line(error))
        outputs: Mapping[str, Any] | NotKnown = (
            resources if isinstance(resources, NotKnown) else endpoints_output(resources)
        )
        folder = stack.project.folder
        quotas, traffic = self._asked(stack, made)
        inputs = StackInputs(
            plan=made,
            resources=resources,
            endpoints=outputs,
            preview=_previewed(stack) if self._preview else NotKnown(not_known="give --preview"),
            guardrails=self._reports.get(("guardrails", name))
            or judged(folder, "guardrails", name, f"`policy-report --stack {name}`"),
            preflight=self._reports.get(("preflight", name))
            or judged(folder, "preflight", name, f"`preflight --stack {name} --record`"),
            quotas=quotas,
            traffic=traffic,
            meters=NotKnown(not_known="Azure Monitor is not asked"),
        )
        return inputs, {} if isinstance(outputs, NotKnown) else outputs

    def _asked(
        self, stack: Stack, made: Plan
    ) -> tuple[Mapping[str, tuple[float, float]] | NotKnown, Mapping[str, Mapping[str, int]] | NotKnown]:
        if not self._live:
            return NotKnown(not_known="give --live"), NotKnown(not_known="give --live")
        try:
            client = ArmClient(stack.account, "llama-azure")
            return _quotas(client, made), _traffic(client, made)
        except (AccessError, ArmError) as error:
            why = NotKnown(not_known=_in_a_line(error))
            return why, why


def _by_tool_and_stack(paths: Sequence[Path]) -> dict[tuple[str, str], Judged]:
    found = {}
    for path in paths:
        try:
            report = read_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} is not a report of preflight or policy-report in JSON: {error}") from None
        when = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        found[report.tool, report.stack.rsplit("/", 1)[-1]] = Judged(report, when)
    return found


def _previewed(stack: Stack) -> Preview | NotKnown:
    command = ["pulumi", "--non-interactive", "preview", "--stack", stack.name, "--json"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **STREAMING, **NO_POLICY_PACK}
        )
    except FileNotFoundError:
        return NotKnown(not_known="there is no program 'pulumi' on the PATH")
    made = read_preview(answer.stdout.splitlines(), dt.datetime.now(dt.UTC))
    if answer.returncode != 0 and not made.errors:
        words = (answer.stderr.strip() or answer.stdout.strip()).splitlines()[-1:]
        return NotKnown(not_known=f"the preview failed: {' '.join(words) or 'it said nothing'}")
    return made


def _quotas(client: ArmClient, made: Plan) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    asked = (
        (any(made.usage.capacity), AI_SERVICES_ACCOUNT),
        (bool(made.usage.cores), WORKSPACE),
    )
    for is_needed, resource_type in asked:
        if is_needed:
            provider = resource_type.partition("/")[0]
            path = f"{made.subscription_id}/providers/{provider}/locations/{made.region}/usages"
            for row in client.call("GET", path, api_version(resource_type)).get("value") or ():
                name = str((row.get("name") or {}).get("value") or "").casefold()
                found[name] = (float(row.get("currentValue") or 0), float(row.get("limit") or 0))
    return found


def _traffic(client: ArmClient, made: Plan) -> dict[str, dict[str, int]]:
    found = {}
    for one in made.endpoints:
        if one.back_end is BackEnd.MANAGED:
            try:
                shown = client.call("GET", one.id, api_version(ONLINE_ENDPOINT))
            except ArmError:  # it is not deployed yet
                continue
            found[one.id.casefold()] = {
                str(name): int(share) for name, share in ((shown.get("properties") or {}).get("traffic") or {}).items()
            }
    return found


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split())
