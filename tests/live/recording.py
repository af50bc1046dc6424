"""Sending the requests of a run, waiting for operations, and keeping every answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from tests.live.redaction import Redactor
from tests.live.scenarios import Scenario, Step, fill_in, version_for

NOT_AGREED = "its purchase was not agreed to"
"""Why a scenario that buys something was left out."""

_POLL_SECONDS = 5.0  # where Azure does not say
_LONGEST_WAIT = 120.0
_ATTEMPTS = 4
_PASSING = frozenset({429, 502, 503, 504})
_ACCEPTED = 202
_ENDED_WELL = "succeeded"
_ENDED = frozenset({_ENDED_WELL, "failed", "canceled"})


class TimeIsUpError(Exception):
    """A run took as long as it may."""


@dataclass
class Answer:
    """What was answered, with nothing private in it."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Exchange:
    """A request, and all that came of it."""

    scenario: str
    step: int
    request: str
    api_version: str
    sent: Any
    answer: Answer | None = None
    end: Answer | None = None
    """The last answer about the operation that the request began, if it began one."""
    is_shape: bool = False
    """Whether only the shape of the answer is to be compared."""
    seconds: float = 0.0
    """How long it took, its operation included."""
    failure: str = ""
    """Why there is no answer."""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is recorded."""
        shown = {key: value for key, value in asdict(self).items() if value not in (None, "")}
        del shown["is_shape"]
        if "api_version" in shown:
            shown["apiVersion"] = shown.pop("api_version")
        return shown


@dataclass
class Target:
    """An Azure: the public one, or a sandbox."""

    client: httpx.Client
    token: Callable[[], str]
    values: dict[str, Any]
    redactor: Redactor
    deadline: float
    """By ``time.monotonic``."""


@dataclass
class Recording:
    """The exchanges of one run of the scenarios."""

    target: Target
    exchanges: list[Exchange] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Scenarios that did not run to their end, and why."""

    def run(self, scenarios: tuple[Scenario, ...], bought: frozenset[str], say: Callable[[str], None]) -> None:
        """Send the requests of every scenario whose needs are met and whose purchase was agreed to.

        Raises:
            TimeIsUpError: the run took as long as it may; what was recorded is kept.
        """
        for scenario in scenarios:
            missing = [name for name in scenario.needs if name in self.left_out]
            if missing:
                self.left_out[scenario.name] = f"{missing[0]} was not made"
            elif scenario.buys is not None and scenario.buys not in bought:
                self.left_out[scenario.name] = NOT_AGREED
            else:
                say(scenario.name)
                self._run_one(scenario)

    def _run_one(self, scenario: Scenario) -> None:
        for number, step in enumerate(scenario.steps, 1):
            exchange = self._begin(scenario, number, step)
            began = time.monotonic()
            try:
                succeeded = self._send(exchange, step)
            except httpx.HTTPError as error:
                exchange.failure, succeeded = type(error).__name__, False
            exchange.seconds = round(time.monotonic() - began, 1)
            if (step.wait or step.keep) and not succeeded:
                why = exchange.failure or f"status {exchange.answer.status if exchange.answer else 'unknown'}"
                self.left_out[scenario.name] = f"{exchange.request} did not succeed ({why})"
                return

    def _begin(self, scenario: Scenario, number: int, step: Step) -> Exchange:
        method, _, path = step.send.partition(" ")
        url = fill_in(path, self.target.values)
        version = "" if "://" in url or step.api == "none" else step.api or version_for(url)
        sent = fill_in(step.body, self.target.values)
        redactor = self.target.redactor
        exchange = Exchange(
            scenario.name,
            number,
            f"{method} {redactor.text(url)}",
            version,
            redactor.body(sent),
            is_shape=step.shape,
        )
        self.exchanges.append(exchange)
        return exchange

    def _send(self, exchange: Exchange, step: Step) -> bool:
        """Send a request and follow its operation. Returns whether all ended well."""
        method, _, path = step.send.partition(" ")
        values = self.target.values
        params = {"api-version": exchange.api_version} if exchange.api_version else {}
        key = fill_in(step.key, values) if step.key is not None else None
        first = self._request(method, fill_in(path, values), params, fill_in(step.body, values), key)
        exchange.answer = self._answer(first, is_secret=step.secret)
        content = _content(first)
        for name, where in step.keep.items():
            values[name] = _dig(content, where)
        if not first.is_success or not step.wait:
            return first.is_success and all(values[name] for name in step.keep)
        last = self._follow(first)
        if last is not None:
            exchange.end = self._answer(last, is_secret=False)
        return last is None or (last.is_success and _state(_content(last)) in ("", _ENDED_WELL))

    def _follow(self, first: httpx.Response) -> httpx.Response | None:
        """Return the last answer about the operation of a request; ``None`` if it began none."""
        asynchronous = first.headers.get("azure-asyncoperation")
        url = asynchronous or first.headers.get("location")
        if url is None:
            # The resource itself tells when it is ready.
            if _state(_content(first)) in ("", *_ENDED):
                return None
            url = str(first.request.url)
        is_resource = url == str(first.request.url)
        last = first
        while True:
            self._wait(_seconds(last))
            last = self._request("GET", url, {}, None, None)
            if not last.is_success or (
                _state(_content(last)) in _ENDED if asynchronous or is_resource else last.status_code != _ACCEPTED
            ):
                return last

    def _request(self, method: str, url: str, params: Mapping[str, str], body: Any, key: str | None) -> httpx.Response:
        for attempt in range(1, _ATTEMPTS + 1):
            self._wait(0)
            token = self.target.token() if key is None else key
            headers = {"Authorization": f"Bearer {token}"}
            answer = self.target.client.request(method, url, params=params or None, json=body, headers=headers)
            if answer.status_code not in _PASSING or attempt == _ATTEMPTS:
                break
            self._wait(_seconds(answer))
        return answer

    def _wait(self, seconds: float) -> None:
        left = self.target.deadline - time.monotonic()
        if left <= seconds:
            raise TimeIsUpError
        time.sleep(seconds)

    def _answer(self, response: httpx.Response, *, is_secret: bool) -> Answer:
        redactor, body = self.target.redactor, _content(response)
        redactor.learn_secrets(body, is_secret=is_secret)
        return Answer(
            response.status_code, redactor.headers(response.headers), redactor.body(body, is_secret=is_secret)
        )

    def as_json(self) -> list[dict[str, Any]]:
        """Return the exchanges as they are recorded; what was learnt to be secret later is replaced in all of them."""
        redactor = self.target.redactor
        return [redactor.body(one.as_json()) for one in self.exchanges]


def _content(response: httpx.Response) -> Any:
    """Return a body: JSON, text, or ``None``."""
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        return response.text


def _state(body: Any) -> str:
    """Return how far an operation or a resource is, in lower case; empty where it does not say."""
    if not isinstance(body, dict):
        return ""
    properties = body.get("properties")
    inner = properties.get("provisioningState") if isinstance(properties, dict) else None
    return str(body.get("status") or inner or "").lower()


def _seconds(answer: httpx.Response) -> float:
    """Return how long an answer asks to wait."""
    for name, unit in (("x-ms-retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return min(float(answer.headers[name]) / unit, _LONGEST_WAIT)
        except (KeyError, ValueError):
            continue
    return _POLL_SECONDS


def _dig(body: Any, where: str) -> str:
    for name in where.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return str(body or "")
