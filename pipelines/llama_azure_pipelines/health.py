"""Whether a deployed endpoint is well: one short question through its data plane."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from llama_azure_access import AccessError
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.foundry import account_facts
from llama_azure_core.plan.calling import ML_TOKEN_SCOPE
from llama_azure_pipelines.arm import account_of
from llama_azure_pipelines.environments import HealthCheck
from llama_azure_pipelines.errors import StepError

_QUESTION = "Say one word."
_MAX_TOKENS = 8
_FOUNDRY = BackEnd.FOUNDRY.value
_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
_FROM_OUTSIDE = re.compile(r"private link|private endpoint|public (network )?access|virtual network", re.IGNORECASE)
"""What Azure's services say to callers from a network that they are closed to."""
DEPLOYMENT_HEADER = "azureml-model-deployment"
"""Sends a request to one deployment of an endpoint, whatever its traffic (source S25)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of a stack, as its outputs describe it."""

    name: str
    kind: str
    api: str
    uri: str
    key: str | None
    """A key; ``None`` where callers sign in with Microsoft Entra ID."""
    stack: str | None = None
    """The stack, whose deployer asks where there is no key."""
    base_url: str = ""
    """What clients of OpenAI's API take as base URL."""
    deployment: str = ""
    """What they name as the model, at a Foundry resource."""


def endpoints_of(stack: str, outputs: Mapping[str, Any]) -> list[Endpoint]:
    """Return the endpoints of a stack from its outputs."""
    keys: Mapping[str, str] = outputs.get("endpointKeys") or {}
    return [
        Endpoint(
            name,
            one["kind"],
            one["api"],
            one["uri"],
            keys.get(name),
            stack,
            str(one.get("baseUrl") or ""),
            str(one.get("deployment") or ""),
        )
        for name, one in sorted((outputs.get("endpoints") or {}).items())
    ]


def problem(endpoint: Endpoint, check: HealthCheck, *, deployment: str | None = None) -> str | None:
    """Ask an endpoint, again where it does not answer, and return what is wrong with it, if anything is.

    Args:
        endpoint: which.
        check: how often and how long.
        deployment: the deployment to ask. Default: the one that the endpoint's traffic chooses.
    """
    said: str | None = None
    for attempt in range(check.attempts):
        if attempt:
            time.sleep(check.pause_seconds)
        said = ask_once(endpoint, check.answer_seconds, deployment=deployment)
        if said is None:
            return None
    return said


def ask_once(endpoint: Endpoint, seconds: float, *, deployment: str | None = None) -> str | None:
    """Ask an endpoint once and return what is wrong with its answer, if anything is."""
    url, body = _request(endpoint)
    headers = {"Authorization": f"Bearer {endpoint.key or _entra_token(endpoint)}"}
    if deployment is not None:
        headers[DEPLOYMENT_HEADER] = deployment
    try:
        answer = httpx.post(url, json=body, headers=headers, timeout=seconds)
    except httpx.HTTPError as error:
        return f"it does not answer: {type(error).__name__}: {error}"
    if answer.status_code == httpx.codes.FORBIDDEN and _FROM_OUTSIDE.search(answer.text):
        return (
            "it is closed to public networks, and the machine that asks stands outside: run the job on a runner in the "
            "virtual network of its private endpoint, or in one that is peered with it and linked with its private DNS "
            f"zones (docs/pipelines.md, Inside the network). It answers {answer.status_code}: {answer.text[:200]}"
        )
    if endpoint.kind == _FOUNDRY and endpoint.key is None and answer.status_code in _REFUSED:
        return (
            "whoever asks may not call it: name this job's identity under llama-azure:foundry.callers, which gives it "
            f"the role {account_facts().caller_role}; a new assignment takes up to five minutes. It answers "
            f"{answer.status_code}: {answer.text[:200]}"
        )
    if answer.is_error:
        return f"it answers {answer.status_code}: {answer.text[:300]}"
    return None if _has_text(answer) else f"its answer holds no text: {answer.text[:300]}"


def _request(endpoint: Endpoint) -> tuple[str, dict[str, Any]]:
    """Return where to ask an endpoint, and what; the scoring route's shapes are those of the models' cards (S12)."""
    messages = [{"role": "user", "content": _QUESTION}]
    if endpoint.kind == _FOUNDRY:
        body = {"model": endpoint.deployment, "messages": messages, "max_tokens": _MAX_TOKENS}
        return f"{endpoint.base_url}chat/completions", body
    if endpoint.kind == "managed":
        asked = messages if endpoint.api == "chat" else [_QUESTION]
        return endpoint.uri, {"input_data": {"input_string": asked, "parameters": {"max_new_tokens": _MAX_TOKENS}}}
    if endpoint.api == "chat":
        return f"{endpoint.uri}/v1/chat/completions", {"messages": messages, "max_tokens": _MAX_TOKENS}
    return f"{endpoint.uri}/v1/completions", {"prompt": _QUESTION, "max_tokens": _MAX_TOKENS}


def _has_text(answer: httpx.Response) -> bool:
    try:
        body = answer.json()
    except ValueError:
        return False
    if isinstance(body, dict) and "choices" in body:
        return bool(body["choices"])
    return bool(body)


def _entra_token(endpoint: Endpoint) -> str:
    scope = account_facts().token_scope if endpoint.kind == _FOUNDRY else ML_TOKEN_SCOPE
    try:
        return account_of(endpoint.stack).token(scope)
    except AccessError as error:
        raise StepError(str(error)) from None
