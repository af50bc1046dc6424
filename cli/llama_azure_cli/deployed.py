"""The endpoints of a stack as its outputs tell them, and signing in to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from click.shell_completion import CompletionItem

from llama_azure_access import AccessError
from llama_azure_cli.errors import CommandError, nearest
from llama_azure_cli.stack import Stack, stack_of
from llama_azure_core.azure_enums import ManagedAuthMode
from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.settings import SettingsError
from llama_azure_core.snippets import Callee


@dataclass(frozen=True, slots=True)
class DeployedEndpoint:
    """An endpoint of a stack's outputs."""

    callee: Callee
    model: str | None
    """``None`` where it has no deployment yet."""
    project: str
    region: str
    auth: str
    """How callers sign in: key, token or keyOrToken."""
    routes: Mapping[str, str]
    """By what they are for: URLs."""
    limits: Mapping[str, int]
    """By name: how much may be asked; what is not known is not in it."""
    deletion_time: str | None
    """On Azure's shared quota: when the endpoint ends by itself, as RFC 1123 writes times."""


def deployed_endpoints(stack: Stack) -> dict[str, DeployedEndpoint]:
    """Return a stack's endpoints by name; none where it was not deployed yet.

    Raises:
        CommandError: the outputs cannot be read, or are those of another program or of an older version of this one.
    """
    return read_endpoints(stack, stack.outputs().get("endpoints") or {})


def read_endpoints(stack: Stack, outputs: Mapping[str, Any]) -> dict[str, DeployedEndpoint]:
    """Return the endpoints that a stack's output ``endpoints`` tells, by name.

    Raises:
        CommandError: it is that of another program, or of an older version of this one.
    """
    try:
        return {name: _read(stack, name, one) for name, one in sorted(outputs.items())}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CommandError(
            f"the output `endpoints` of stack {stack.name} is not what this version exports ({error!r}); "
            f"deploy it anew: pulumi up --stack {stack.name}"
        ) from None


def find_callable(stack: Stack, name: str | None) -> DeployedEndpoint:
    """Return the endpoint of a name, or the only one, that a key or a token of Microsoft Entra ID opens.

    Raises:
        CommandError: there is none of that name, and the message has the nearest; or it takes other tokens.
    """
    found = find_endpoint(stack, name)
    if (
        found.callee.back_end is BackEnd.MANAGED
        and not found.callee.takes_keys
        and _takes_workspace_tokens(stack, found)
    ):
        raise CommandError(
            f"{found.callee.name} takes tokens of the workspace (its authMode is {ManagedAuthMode.AML_TOKEN}), which "
            "`az ml online-endpoint get-credentials` gets; set authMode to AADToken or Key for what is asked here"
        )
    return found


def _takes_workspace_tokens(stack: Stack, endpoint: DeployedEndpoint) -> bool:
    """Whether the stack's file says so; the outputs say of every token only that it is one."""
    try:
        planned = next((one for one in stack.estate.endpoints if one.exported == endpoint.callee.name), None)
    except (CommandError, SettingsError):
        return False
    return planned is not None and planned.arguments.get("auth_mode") == ManagedAuthMode.AML_TOKEN


def find_endpoint(stack: Stack, name: str | None) -> DeployedEndpoint:
    """Return the endpoint of a name, or the only one.

    Raises:
        CommandError: there is none of that name; the message has the nearest.
    """
    found = deployed_endpoints(stack)
    if not found:
        raise CommandError(f"stack {stack.name} has no endpoints; deploy it first: pulumi up --stack {stack.name}")
    if name is None:
        if len(found) == 1:
            return next(iter(found.values()))
        raise CommandError(f"which endpoint of stack {stack.name}? It has {', '.join(found)}")
    by_case = {one.casefold(): one for one in found}
    if name.casefold() not in by_case:
        raise CommandError(f"stack {stack.name} has no endpoint {name}; {nearest(name, found)}")
    return found[by_case[name.casefold()]]


def key_or_token(stack: Stack, endpoint: DeployedEndpoint, *, keyless: bool = False) -> str | Callable[[], str]:
    """Return what a caller signs in with: the endpoint's key, or what gets a token anew.

    It must stay in this process.

    Raises:
        CommandError: the stack exports no key of it.
        AccessError: nobody is signed in to Azure who could get a token.
    """
    callee = endpoint.callee
    if callee.takes_keys and not keyless:
        keys = stack.outputs(secrets=True).get("endpointKeys") or {}
        if callee.name not in keys:
            raise CommandError(f"stack {stack.name} exports no key of {callee.name}; deploy it anew")
        return str(keys[callee.name])
    account = stack.account
    account.token(callee.token_scope)  # whoever cannot sign in is told before anything is sent
    return lambda: account.token(callee.token_scope)


def complete_endpoint(context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete an endpoint's name, of the stack that the command line names before it, or of the selected one."""
    try:
        names = list(deployed_endpoints(stack_of(context.params.get("stack"))))
    except (AccessError, CommandError, SettingsError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _read(stack: Stack, name: str, outputs: Mapping[str, Any]) -> DeployedEndpoint:
    api = outputs["api"]
    return DeployedEndpoint(
        callee=Callee(
            name=name,
            stack=stack.name,
            back_end=BackEnd(outputs["backend"]),
            api=None if api is None else Api(api),
            uri=outputs["uri"],
            base_url=outputs["baseUrl"],
            deployment=outputs["deployment"] or "",
            takes_keys=outputs["auth"] in ("key", "keyOrToken"),
            takes_tokens=outputs["auth"] in ("token", "keyOrToken"),
        ),
        model=outputs["model"],
        project=outputs["project"],
        region=outputs["region"],
        auth=outputs["auth"],
        routes=outputs["routes"],
        limits={limit: int(value) for limit, value in outputs["limits"].items()},
        deletion_time=outputs.get("deletionTime"),
    )
