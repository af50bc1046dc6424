"""Microsoft.AlertsManagement: the alerts that fired."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World
from llama_azure_sandbox.inference.ledger import Ledger
from llama_azure_sandbox.inference.measurements import Measurements
from llama_azure_sandbox.inference.metrics import Metrics
from llama_azure_sandbox.journal.activity_log import ActivityLog
from llama_azure_sandbox.journal.entries import Journal
from llama_azure_sandbox.monitoring.kept import AlertLog, KeptAlert
from llama_azure_sandbox.monitoring.watch import ALERT_TYPE, Watch
from llama_azure_sandbox.monitoring.webhooks import Webhooks

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_STATES = ("New", "Acknowledged", "Closed")
_FILTERS = {
    "targetresource": "targetResource",
    "targetresourcetype": "targetResourceType",
    "targetresourcegroup": "targetResourceGroup",
    "monitorservice": "monitorService",
    "monitorcondition": "monitorCondition",
    "severity": "severity",
    "alertstate": "alertState",
    "alertrule": "alertRule",
}


class Monitoring:
    """Azure Monitor of one world: metrics, the activity log, and alerts."""

    def __init__(
        self, world: World, measurements: Measurements, ledger: Ledger, journal: Journal, kept: AlertLog
    ) -> None:
        self._world = world
        self._kept = kept
        self._webhooks = Webhooks()
        self._metrics = Metrics(measurements)
        self._activity_log = ActivityLog(journal, self._kept)
        self.watch = Watch(world, measurements, ledger, self._activity_log, self._kept, self._webhooks)

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the paths that are answered."""
        path = f"{{scope**}}/providers/{ALERT_TYPE}"
        return (
            *self._metrics.paths,
            *self._activity_log.paths,
            PathRow("GET", path, self._list),
            PathRow("GET", f"{path}/{{alert}}", self._get),
            PathRow("POST", f"{path}/{{alert}}/changestate", self._change_state),
        )

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look at the alert rules as often as they say, as long as the context lasts."""

        async def look() -> None:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                try:
                    if self.watch.has_rules:
                        await run_in_threadpool(self.watch.look, only_due=True)
                except Exception:  # noqa: BLE001 - the next second is another chance
                    _log.exception("the alert rules cannot be looked at")

        task = asyncio.create_task(look())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.close()

    def close(self) -> None:
        """Tell nobody any more, and close the file."""
        self._webhooks.close()
        self._kept.close()

    def _list(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        self.watch.look()
        scope = path["scope"].rstrip("/").lower()
        at_subscription = scope == f"/subscriptions/{SUBSCRIPTION_ID}".lower()
        asked = {field: value for name, field in _FILTERS.items() if (value := _parameter(request, name))}
        shown = [
            one.body
            for one in reversed(self._kept.alerts())
            if at_subscription or f"{_target(one)}/".startswith(f"{scope}/")
            if all(_holds(one, field, value) for field, value in asked.items())
        ]
        return ArmAnswer(200, {"value": shown})

    def _get(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, self._alert(path["alert"]).body)

    def _change_state(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        alert, state = self._alert(path["alert"]), _parameter(request, "newstate")
        if state not in _STATES:
            raise ArmError(400, "BadRequest", f"newState is {state!r}: it must be one of {', '.join(_STATES)}.")
        alert.body["properties"]["essentials"]["alertState"] = state
        self._kept.change(alert.id, alert.condition, alert.body)
        return ArmAnswer(200, alert.body)

    def _alert(self, number: str) -> KeptAlert:
        found = next((one for one in self._kept.alerts() if one.id == number.lower()), None)
        if found is None:
            raise ArmError(404, "NotFound", f"The alert '{number}' was not found.")
        return found


def _parameter(request: ArmRequest, name: str) -> str | None:
    return next((value for key, value in request.query.items() if key.lower() == name), None)


def _target(alert: KeptAlert) -> str:
    return str(alert.body["properties"]["essentials"]["targetResource"]).lower()


def _holds(alert: KeptAlert, field: str, wanted: str) -> bool:
    essentials: Json = alert.body["properties"]["essentials"]
    return str(essentials.get(field, "")).lower() == wanted.lower()
