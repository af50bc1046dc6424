"""Rule: callers of an online endpoint sign in by Microsoft Entra ID."""

from collections.abc import Iterator

from llama_azure_core.azure_enums import ManagedAuthMode
from llama_guardrails.resource_types import ONLINE_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_MODE = "properties.authMode"


class OnlineModes(Options):
    """The options of the rule."""

    modes: tuple[ManagedAuthMode, ...] = (ManagedAuthMode.AAD_TOKEN,)
    """The ways of signing in that pass. Default: AADToken alone."""


def _check(case: Case[OnlineModes]) -> Iterator[Problem]:
    if not case.resource.says(_MODE, *case.options.modes):
        allowed = " or ".join(case.options.modes)
        yield Problem(_MODE, f"Callers do not sign in by {allowed}.")


RULE = Rule(
    id="LLA-AUT-002",
    name="online-endpoint-entra-auth",
    title="Callers of an online endpoint sign in by Microsoft Entra ID, not by a key.",
    why="A key is the same for everybody and does not expire; a token is somebody's and ends.",
    remedy="Set authMode to AADToken and give callers a role on the endpoint.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(ONLINE_ENDPOINT,),
    options=OnlineModes,
    check=_check,
    sources=("S29",),
    example=Example(ONLINE_ENDPOINT, _MODE, good="AADToken", bad="Key"),
)
