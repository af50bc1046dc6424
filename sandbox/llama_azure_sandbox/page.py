"""The estate page of a sandbox: its stacks as they are now, and a playground that signs in by itself."""

import datetime as dt
import json
import os
import ssl
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.plan import Plan, plan_of_stack
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_core.settings import Project, SettingsError
from llama_azure_page.asking import Askable, SourceError
from llama_azure_page.build import make_page
from llama_azure_page.document import NotKnown, Page
from llama_azure_page.inputs import Meter, StackInputs, Unreadable
from llama_azure_page.reading import (
    askable,
    endpoints_output,
    judged,
    previewed,
)
from llama_azure_report import last_report
from llama_azure_sandbox.arm.providers.cognitive_services.capacity import counter_limit, counter_used
from llama_azure_sandbox.arm.providers.machine_learning_services.quota_use import core_quota, cores_used
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.identity.principals import Directory
from llama_azure_sandbox.identity.tokens import TokenIssuer
from llama_azure_sandbox.inference.endpoints import Endpoints
from llama_azure_sandbox.inference.measurements import Measurements

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class _Stack:
    """A stack of the sandbox's state backend."""

    name: str
    file: Path

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources of its state, secrets encrypted; none where it was never deployed."""
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # it is just being written, or was removed
            return []
        latest = (content.get("checkpoint") or {}).get("latest") or {}
        return latest.get("resources") or []


class SandboxPage:
    """The stacks of a sandbox, for the page. Safe to use from several threads.

    The files of the stacks are those of the Pulumi project that ``SANDBOX_PROJECT`` names, or else of the checkout.
    """

    def __init__(
        self, home: SandboxHome, world: World, issuer: TokenIssuer, measurements: Measurements, upstream: str = ""
    ) -> None:
        self._upstream = upstream
        self._folder = Path(os.environ.get("SANDBOX_PROJECT") or PROJECT_ROOT)
        self._home = home
        self._world = world
        self._issuer = issuer
        self._measurements = measurements
        self._endpoints = Endpoints(world)
        self._directory = Directory(world.store)
        self._lock = threading.Lock()
        self._read: tuple[str, Page, dict[str, Askable]] | None = None

    def version(self) -> str:
        """Return what differs once the page may differ."""
        files = [path for stack in self._stacks() for path in (stack.file, *self._files(stack.name))]
        times = [f"{path}:{path.stat().st_mtime_ns}" for path in files if path.exists()]
        minute = int(self._endpoints.told_now() // _MINUTE)
        return json.dumps([times, self._world.store.changes, self._measurements.changes, minute])

    def page(self) -> Page:
        """Return the page as it is now."""
        return self._current()[0]

    def askable(self) -> Mapping[str, Askable]:
        """Return the deployed endpoints that chat or complete, by id."""
        return self._current()[1]

    def credential(self, endpoint: Askable) -> str:
        """Return a key of an endpoint where it takes keys, and else a token of the sandbox's owner.

        Raises:
            SourceError: it is not there any more.
        """
        callee = endpoint.callee
        if not callee.takes_keys:
            return self._issuer.issue(self._directory.named(OWNER_NAME), callee.token_scope).value
        snapshot = self._endpoints.current()
        names = {one.name.lower(): one for one in (*snapshot.serverless.values(), *snapshot.managed.values())}
        held = next((one for name, one in names.items() if f"/{name}/" in callee.base_url.lower()), None)
        keys = held.keys if held is not None else self._account_keys(callee.base_url)
        if not keys:
            raise SourceError(f"{callee.name} is not there any more: deploy the stack {callee.stack} anew.")
        return keys[0]

    def note(self) -> str:
        """Return who answers."""
        if self._upstream:
            return f"{self._upstream} answers, behind the sandbox's keys, limits, filter and meters."
        return (
            "The sandbox makes these answers up: no model is behind them. For a real small one: `make model` once, "
            "then `sandbox stop && sandbox start --model`."
        )

    def trust(self) -> ssl.SSLContext:
        """Trust the sandbox alone."""
        return ssl.create_default_context(cafile=str(self._home.authority))

    def _current(self) -> tuple[Page, dict[str, Askable]]:
        version = self.version()
        with self._lock:
            if self._read is None or self._read[0] != version:
                page, found = self._make()
                self._read = (version, page, found)
            return self._read[1], self._read[2]

    def _make(self) -> tuple[Page, dict[str, Askable]]:
        stacks = self._stacks()
        resources = {stack.name: stack.resources() for stack in stacks}
        inputs = [self._inputs(stack, resources[stack.name]) for stack in stacks]
        page = make_page(inputs, dt.datetime.now(dt.UTC))
        outputs = {name: endpoints_output(found) for name, found in resources.items()}
        return page, {one.id: one for one in askable(page, outputs)}

    def _stacks(self) -> list[_Stack]:
        folder = self._home.pulumi_state / ".pulumi" / "stacks"
        return [_Stack(path.stem, path) for path in sorted(folder.glob("*/*.json"))]

    def _files(self, stack: str) -> tuple[Path, ...]:
        return (
            self._settings_file(stack),
            self._events(stack),
            last_report(self._folder, "guardrails", stack),
            last_report(self._folder, "preflight", stack),
        )

    def _settings_file(self, stack: str) -> Path:
        try:
            project = Project(self._folder)
            return project.folder / project.path(stack)
        except SettingsError:
            return self._folder / f"Pulumi.{stack}.yaml"

    def _events(self, stack: str) -> Path:
        return self._home.root / f"preview-{stack}.events"

    def _inputs(self, stack: _Stack, resources: list[dict[str, Any]]) -> StackInputs | Unreadable:
        try:
            project = Project(self._folder)
            settings = project.stack(stack.name).settings()
            made = plan_of_stack(project, stack.name, settings, SUBSCRIPTION_ID)
        except SettingsError as error:
            return Unreadable(stack.name, str(error), self._world.as_of)
        newer_than = (stack.file, self._settings_file(stack.name))
        # Reports of what was deployed or described otherwise stand with their age.
        return StackInputs(
            plan=made,
            resources=resources,
            endpoints=endpoints_output(resources),
            preview=previewed(self._events(stack.name), newer_than, f"`make preview STACK={stack.name}`"),
            guardrails=judged(self._folder, "guardrails", stack.name, f"`make policy-report STACK={stack.name}`"),
            preflight=judged(self._folder, "preflight", stack.name, f"`make preflight STACK={stack.name}`"),
            meters=self._meters(made),
            quotas=self._quotas(made),
            traffic=self._traffic(made),
        )

    def _meters(self, made: Plan) -> dict[str, Meter]:
        """Return what each endpoint answered in this minute or the one before, whichever was more."""
        now = int(self._endpoints.told_now() // _MINUTE)
        found = {}
        for one in made.endpoints:
            rows = self._measurements.measured(one.id.lower(), now - 1, now + 1)
            requests, tokens = Counter[int](), Counter[int]()
            for row in rows:
                requests[row.minute] += row.requests
                tokens[row.minute] += row.read + row.generated
            found[one.id.casefold()] = Meter(max(requests.values(), default=0), max(tokens.values(), default=0))
        return found

    def _quotas(self, made: Plan) -> dict[str, tuple[float, float]]:
        world, region = self._world, made.region
        found: dict[str, tuple[float, float]] = {
            name.casefold(): (counter_used(world, region, name), counter_limit(world, region, name))
            for name in made.usage.capacity
            if name
        }
        for family in made.usage.cores:
            found[family.casefold()] = (cores_used(world, region, family), core_quota(world, region, family))
        online = [one for one in self._endpoints.current().managed.values() if one.region == region]
        return found | {"endpoints": (len(online), 0)}

    def _traffic(self, made: Plan) -> Mapping[str, Mapping[str, int]] | NotKnown:
        there = {one.id.casefold(): one.traffic for one in self._endpoints.current().managed.values()}
        wanted = {one.id.casefold() for one in made.endpoints if one.back_end is BackEnd.MANAGED}
        return {key: traffic for key, traffic in there.items() if key in wanted}

    def _account_keys(self, base_url: str) -> tuple[str, ...]:
        """Return the keys of the Foundry resource that a base URL is of."""
        for one in self._world.store.of_type(AI_SERVICES_ACCOUNT):
            subdomain = str((one.body.get("properties") or {}).get("customSubDomainName") or one.name).lower()
            if f"/{subdomain}/" in base_url.lower():
                return tuple(one.secrets.values())
        return ()
