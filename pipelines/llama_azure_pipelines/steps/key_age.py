"""How old the keys of serverless endpoints are. Azure dates no key and lets none expire, but keeps who renewed one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from llama_azure_core.limits import limits
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import KEY_VAULT_SECRET, SERVERLESS_ENDPOINT, api_version, azure_native
from llama_azure_pipelines import engine
from llama_azure_pipelines.arm import Arm
from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.say import say
from llama_azure_pipelines.stacks import read_stack_file
from llama_azure_pipelines.steps.rotate_team_keys import teams_of

_TYPE = azure_native("machinelearningservices:ServerlessEndpoint")
_API_VERSION = api_version(SERVERLESS_ENDPOINT)
_LOG_API_VERSION = "2015-04-01"
_RENEWAL = "/serverlessendpoints/regeneratekeys/action"


def key_age(stack: str, known: Environments) -> None:
    """Tell of each serverless endpoint that takes keys, and of each team, when they were last renewed and are due.

    Raises:
        StepError: some are due; the message names them.
    """
    arm, today = Arm(stack), read_stack_file(stack).settings().as_of
    due = []
    for name, resource_id in sorted(engine.resource_ids(stack, _TYPE).items()):
        shown = arm.call("GET", resource_id, _API_VERSION)
        if shown["properties"].get("authMode", "Key") != "Key":
            continue
        renewed = _renewed(arm, resource_id, shown, today)
        say(f"{stack}: {name}: {_in_words(renewed, today, known.max_key_age_days)}")
        if renewed is None or (today - renewed).days > known.max_key_age_days:
            due.append(name)
    for team, path in sorted(teams_of(engine.outputs(stack)).items()):
        attributes = arm.call("GET", path, api_version(KEY_VAULT_SECRET))["properties"].get("attributes") or {}
        written = attributes.get("updated")
        renewed = None if written is None else dt.datetime.fromtimestamp(written, dt.UTC).date()
        say(f"{stack}: team {team}: {_in_words(renewed, today, known.max_key_age_days)}")
        if renewed is None or (today - renewed).days > known.max_key_age_days:
            due.append(f"team {team}")
    if due:
        raise StepError(f"{stack}: keys are due, of {', '.join(due)}; renew them with `rotate-keys`")


def _renewed(arm: Arm, resource_id: str, shown: Mapping[str, Any], today: dt.date) -> dt.date | None:
    """Return the day on which an endpoint got its newest key; ``None`` if that is longer ago than Azure remembers."""
    since = today - dt.timedelta(days=limits()["activityLogDays"])
    subscription = ResourceId.parse(resource_id).subscription
    path = f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    chosen = f"eventTimestamp ge '{since.isoformat()}T00:00:00Z' and resourceUri eq '{resource_id}'"
    page = arm.call("GET", path, _LOG_API_VERSION, **{"$filter": chosen})
    events = list(page["value"])
    while page.get("nextLink"):
        page = arm.call("GET", page["nextLink"], _LOG_API_VERSION)
        events += page["value"]
    days = [
        _day(event["eventTimestamp"])
        for event in events
        if event["operationName"]["value"].lower().endswith(_RENEWAL) and event["status"]["value"] == "Succeeded"
    ]
    made = (shown.get("systemData") or {}).get("createdAt")
    if made is not None and _day(made) >= since:
        days.append(_day(made))
    return max(days, default=None)


def _day(moment: str) -> dt.date:
    return dt.date.fromisoformat(moment[:10])


def _in_words(renewed: dt.date | None, today: dt.date, most: int) -> str:
    if renewed is None:
        return f"its keys are older than the {limits()['activityLogDays']} days that Azure remembers; they are due"
    age, end = (today - renewed).days, renewed + dt.timedelta(days=most)
    return f"its keys were renewed on {renewed}, {age} days ago; they {'are' if age > most else 'will be'} due on {end}"
