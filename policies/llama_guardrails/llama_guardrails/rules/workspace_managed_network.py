"""Rule: a hub isolates its compute in a managed network."""

from collections.abc import Iterator

from llama_azure_core.azure_enums import IsolationMode
from llama_guardrails.resource_types import WORKSPACE
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._workspaces import own_by_hub

_MODE = "managedNetwork.isolationMode"
_STRICTNESS = list(IsolationMode)


class Isolation(Options):
    """The options of the rule."""

    at_least: IsolationMode = IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND
    """The weakest isolation that passes: AllowInternetOutbound or AllowOnlyApprovedOutbound (the default)."""


def _check(case: Case[Isolation]) -> Iterator[Problem]:
    own_by_hub(case.resource)
    enough = _STRICTNESS[_STRICTNESS.index(case.options.at_least) :]
    if not case.resource.says(_MODE, *enough):
        yield Problem(_MODE, f"The hub's compute is isolated less than {case.options.at_least} asks for.")


RULE = Rule(
    id="LLA-NET-002",
    name="workspace-managed-network",
    title="A hub runs its compute in a managed network that lets out only what is approved.",
    why="Model code runs on this compute; without isolation it may send data wherever it likes.",
    remedy="Set managedNetwork.isolationMode to AllowOnlyApprovedOutbound and list what is needed as outbound rules.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    options=Isolation,
    check=_check,
    covers=("Azure Policy 6ddb1705",),
    example=Example(WORKSPACE, _MODE, good="AllowOnlyApprovedOutbound", bad="Disabled"),
)
