"""What the playground asks: a stack's deployed endpoints, with the parameters that each takes. No I/O."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from llama_azure_core.catalogue import Api, BackEnd, find_model
from llama_azure_core.parameters import Family, Parameter, parameter_table
from llama_azure_core.snippets import Callee, Kind
from llama_azure_page.document import Page

_PATHS = {Api.CHAT: "chat/completions", Api.COMPLETIONS: "completions"}
_TYPES = ("boolean", "integer", "number", "strings", "integers", "string")
# Left at its default an answer ends after a few words, or goes on after its end.
_SUGGESTED = {"max_tokens": "128", "ignore_eos": "false"}
_NOT_SET_HERE = ("prompt", "messages", "stream", "stream_options", "model", "user")


class SourceError(Exception):
    """What is asked for cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Askable:
    """An endpoint that the playground may ask."""

    id: str
    """Of its place on the page."""
    environment: str
    model: str
    callee: Callee


class Source(Protocol):
    """Where the page and its endpoints come from. It is used from several threads."""

    def version(self) -> str:
        """Return what differs once the page may differ; cheap."""

    def page(self) -> Page:
        """Return the page as it is now."""

    def askable(self) -> Mapping[str, Askable]:
        """Return the deployed endpoints that chat or complete, by id."""

    def credential(self, endpoint: Askable) -> str:
        """Return the key or the token that callers of an endpoint sign in with.

        Raises:
            SourceError: there is none.
        """

    def note(self) -> str:
        """Return what a reader should know of the answers; empty for nothing."""

    def trust(self) -> ssl.SSLContext:
        """Return whom to trust when endpoints are asked."""


def url(callee: Callee) -> str:
    """Return the URL to which an askable endpoint's requests go."""
    return f"{callee.base_url.rstrip('/')}/{_PATHS[_api(callee)]}"


def kind(one: Askable) -> Kind:
    """Return what an endpoint is asked for."""
    return Kind.CHAT if one.callee.api is Api.CHAT else Kind.COMPLETIONS


def described(one: Askable) -> dict[str, Any]:
    """Return what a browser needs to know of an endpoint; no key and no token."""
    callee = one.callee
    return {
        "id": one.id,
        "key": callee.name,
        "environment": one.environment,
        "model": one.model,
        "deployment": callee.deployment,
        "api": callee.api,
        "url": url(callee),
        "auth": "key" if callee.takes_keys else "token",
        "tellsUsage": "stream_options" in parameter_table().of(_api(callee), _family(callee)),
        "parameters": [
            {
                "name": name,
                "type": row.type,
                "default": row.default,
                "minimum": row.minimum,
                "maximum": row.maximum,
                "suggested": _SUGGESTED.get(name),
                "hint": hint(row),
            }
            for name, row in parameters(callee, one.model).items()
        ],
    }


def parameters(callee: Callee, model: str) -> dict[str, Parameter]:
    """Return the parameters that the playground offers for an endpoint: those of the document's tables and of its API.

    They are in the order of the tables, with the defaults that they have on the endpoint's routes.
    """
    table = parameter_table()
    able = table.able(find_model(model))
    return {
        name: row
        for name, row in table.of(_api(callee), _family(callee)).items()
        if name not in _NOT_SET_HERE and row.type in _TYPES and (row.capability is None or row.capability in able)
    }


def _api(callee: Callee) -> Api:
    assert callee.api is not None  # noqa: S101 - others are not askable
    return callee.api


def _family(callee: Callee) -> Family:
    return Family.OPENAI if callee.back_end is BackEnd.FOUNDRY else Family.LLAMA


def hint(row: Parameter) -> str:
    """Return the range and the default of a parameter in words."""
    words = []
    if row.minimum is not None and row.maximum is not None:
        words.append(f"{row.minimum:g} to {row.maximum:g}")
    elif row.minimum is not None:
        words.append(f"from {row.minimum:g}")
    if row.type in ("strings", "integers"):
        words.append("several with commas between")
    default = "none" if row.default is None else json.dumps(row.default)
    return "; ".join([*words, f"default {default}"])
