"""Serving one request whose endpoint and caller are known: limits, filter, answer, meters."""

import itertools
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response, StreamingResponse

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import BackEnd, Model
from llama_azure_core.parameters import Family, parameter_table
from llama_azure_core.prices import price_list, token_key
from llama_azure_sandbox.inference.answers import DONE, Delta, Form
from llama_azure_sandbox.inference.backend import Backend, BackendError
from llama_azure_sandbox.inference.combinations import TokenBudget, check_combinations
from llama_azure_sandbox.inference.completions import Completions, filtered, prompt_tokens
from llama_azure_sandbox.inference.endpoints import Deployment, Endpoint, Endpoints
from llama_azure_sandbox.inference.errors import (
    DataPlaneError,
    model_error,
    no_answer,
    request_timeout,
    too_many_requests,
)
from llama_azure_sandbox.inference.ledger import Ledger
from llama_azure_sandbox.inference.measurements import Measured, Measurements
from llama_azure_sandbox.inference.rate_limit import Admission, Exceeded, Limit, RateWindow
from llama_azure_sandbox.inference.reading import CompletionRequest
from llama_azure_sandbox.inference.safety import check_prompt
from llama_azure_sandbox.inference.streaming import moderated

_TOKENS_AT_ONCE = 4096


def _too_many(exceeded: Exceeded) -> DataPlaneError:
    return too_many_requests(exceeded.retry_after, exceeded.what)


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is for."""

    endpoint: Endpoint
    deployment: Deployment
    model: Model
    window: str
    """Name of the rate window that the request counts in."""
    limit: Limit
    managed: bool
    """Whether it lies on managed compute, which is paid by the hour and not by the token."""
    timeout: float | None = None
    """Seconds within which the answer must come; ``None`` where there is no such limit."""
    answers_as: str = ""
    """What answers call the model, where it is not the model's own name."""
    sku: str = ""
    """Of a deployment of a Foundry resource: how it is paid for."""
    excess: Callable[[Exceeded], DataPlaneError] = _too_many
    """How a request above the limit is refused."""


@dataclass(slots=True)
class Tally:
    """The tokens of a streamed answer so far."""

    read: int = 0
    generated: int = 0
    has_begun: bool = False


class Serving:
    """Answers requests. Safe to use from several threads."""

    def __init__(self, endpoints: Endpoints, ledger: Ledger, measurements: Measurements, backend: Backend) -> None:
        self._endpoints = endpoints
        self._ledger = ledger
        self._measurements = measurements
        self._backend = backend
        self._lock = threading.Lock()
        self._windows: defaultdict[str, RateWindow] = defaultdict(RateWindow)

    def answer(self, target: Target, asked: CompletionRequest, family: Family) -> Response:
        """Answer a request, whole or as a stream of server-sent events.

        Raises:
            DataPlaneError: it is refused, or there is no answer.
        """
        used, created = target.deployment.content_filter, int(self._endpoints.told_now())
        told = used if used is not None and used.told else None
        form = Form(asked, family, target.answers_as or target.model.name, created, filter=told)
        if not asked["stream"]:
            return JSONResponse(form.whole(self.complete(target, asked)))
        tally = Tally()
        parts = self.parts(target, asked, tally)
        first = next(parts)  # what fails at once is an error with a status, not half a stream
        events = self._events(form, itertools.chain([first], parts), tally)
        if self._backend.is_instant and asked.most_tokens <= _TOKENS_AT_ONCE:
            # Each step of an iterator that may wait is a change of threads: all at once is three times as fast.
            return StreamingResponse(_each(list(events)), media_type="text/event-stream")
        return StreamingResponse(events, media_type="text/event-stream")

    def complete(self, target: Target, asked: CompletionRequest) -> Completions:
        """Return a whole answer.

        Raises:
            DataPlaneError: the request is refused, or there is no answer.
        """
        asked, admission = self._admit(target, asked)
        tokens = 0
        try:
            self._filter_prompt(target, asked)
            completions = self._backend.complete(target.model, asked, target.timeout)
            tokens = completions.prompt_tokens + completions.completion_tokens
        except BackendError as error:
            raise _told(error, target) from None
        finally:
            self._window(target).correct(admission, tokens)
        self._meter(target, completions.prompt_tokens, completions.completion_tokens)
        used = target.deployment.content_filter
        return completions if used is None else filtered(used.completion, completions)

    def parts(self, target: Target, asked: CompletionRequest, tally: Tally) -> Iterator[Delta]:
        """Return an answer part by part; nothing is done until the first one is asked for.

        ``tally`` counts along, filtered parts included.

        Raises:
            DataPlaneError: the request is refused, or there is no answer, or no more of it.
        """
        asked, admission = self._admit(target, asked)
        try:
            self._filter_prompt(target, asked)
            received = _counted(self._backend.stream(target.model, asked, target.timeout), asked, tally)
            used = target.deployment.content_filter
            yield from received if used is None else moderated(used.completion, received)
        except BackendError as error:
            raise _told(error, target) from None
        finally:
            self._window(target).correct(admission, tally.read + tally.generated)
            if tally.has_begun:
                self._meter(target, tally.read, tally.generated)

    def left(self, target: Target) -> tuple[int, int]:
        """Return how many requests and tokens the rate limit of a target leaves at the moment."""
        return self._window(target).left(self._endpoints.now(), target.limit)

    def _events(self, form: Form, parts: Iterator[Delta], tally: Tally) -> Iterator[str]:
        try:
            yield from form.events(parts)
        except DataPlaneError as error:
            # The status is sent long ago: all that can be told is an event, and that no [DONE] follows.
            yield f"data: {error.text}\n\n"
            return
        if (form.request["stream_options"] or {}).get("include_usage"):
            yield form.usage_event(tally.read, tally.generated)
        yield DONE

    def _admit(self, target: Target, asked: CompletionRequest) -> tuple[CompletionRequest, Admission]:
        """Return what is asked with a bound where it has none, and its place in the rate window.

        Only the prompt of an answer that has no bound is counted beforehand: the rest of a large context would leave
        no room for anybody else.
        """
        read, longest = prompt_tokens(asked), max(map(prompt_tokens, asked.each()))
        context = target.model.context_tokens
        # Where a request may take the count above the limit, no request is too large for it.
        quota = None if target.limit.overshoots else int(self._endpoints.current().limits.serverless.tokens or 0)
        rest = (context or parameter_table().context_where_unknown) - longest
        bounded = asked.bounded(max(1, rest if quota is None else min(rest, (quota - read) // asked.all_candidates)))
        check_combinations(bounded, TokenBudget(read, longest, context, quota))
        admitted = self._window(target).admit(self._endpoints.now(), read + asked.most_tokens, target.limit)
        if isinstance(admitted, Exceeded):
            raise target.excess(admitted)
        return bounded, admitted

    def _filter_prompt(self, target: Target, asked: CompletionRequest) -> None:
        used = target.deployment.content_filter
        if used is not None:
            check_prompt(used.prompt, asked.prompt_name, asked.texts)

    def _meter(self, target: Target, read: int, generated: int) -> None:
        minute = int(self._endpoints.told_now() // 60)
        self._measurements.add(Measured(target.deployment.key, minute, read=read, generated=generated))
        if target.managed:
            return
        market = target.model.marketplace
        # On a Foundry resource the model is booked, whoever sells it.
        offer = market.offer_id if market and not target.answers_as else target.model.name
        day = self._endpoints.current().as_of.isoformat()
        tokens = {_meter_of(target, "input"): read, _meter_of(target, "output"): generated}
        self._ledger.add_usage(target.endpoint.charged, target.endpoint.project, offer, day, tokens)

    def _window(self, target: Target) -> RateWindow:
        with self._lock:
            return self._windows[target.window]


def _meter_of(target: Target, side: str) -> str:
    """Return the name of the meter of a side's tokens: that of the SKU, where it is known, or the Marketplace's."""
    key = token_key(target.model.name, BackEnd.FOUNDRY, side, target.sku)
    known = price_list().meters.get(key) if target.sku else None
    return str(load_facts("meters")["inference"][side]) if known is None else known.meter


def _counted(parts: Iterator[Delta], asked: CompletionRequest, tally: Tally) -> Iterator[Delta]:
    for part in parts:
        if not tally.has_begun:
            tally.has_begun, tally.read = True, prompt_tokens(asked)
        tally.generated += len(part.pieces) + part.unseen
        yield part


async def _each(events: list[str]) -> AsyncIterator[str]:
    for event in events:
        yield event


def _told(error: BackendError, target: Target) -> DataPlaneError:
    """Return the error of a backend as the kind of endpoint tells it."""
    if not target.managed:
        return no_answer(str(error), timed_out=error.timed_out)
    return request_timeout(str(error)) if error.timed_out else model_error(error.status or 502, str(error))
