"""Rule: callers of a serverless endpoint sign in by Microsoft Entra ID."""

from collections.abc import Iterator

from llama_azure_core.azure_enums import ServerlessAuthMode
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_MODE = "properties.authMode"


class ServerlessModes(Options):
    """The options of the rule."""

    modes: tuple[ServerlessAuthMode, ...] = (ServerlessAuthMode.AAD,)
    """The ways of signing in that pass. Default: AAD alone."""


def _check(case: Case[ServerlessModes]) -> Iterator[Problem]:
    if not case.resource.says(_MODE, *case.options.modes):
        allowed = " or ".join(case.options.modes)
        yield Problem(_MODE, f"Callers do not sign in by {allowed} alone.")


RULE = Rule(
    id="LLA-AUT-001",
    name="serverless-endpoint-entra-auth",
    title="Callers of a serverless endpoint sign in by Microsoft Entra ID, not by a key.",
    why="A key is the same for everybody and does not expire; a token is somebody's and ends.",
    remedy="Set authMode to AAD and give callers a role on the project.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(SERVERLESS_ENDPOINT,),
    options=ServerlessModes,
    check=_check,
    sources=("S29",),
    example=Example(SERVERLESS_ENDPOINT, _MODE, good="AAD", bad="Key"),
)
