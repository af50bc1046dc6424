"""Rule: VM sizes are those that the environment allows."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from llama_guardrails.resource_types import COMPUTE, ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable

_PATHS = {ONLINE_DEPLOYMENT: "properties.instanceType", COMPUTE: "properties.properties.vmSize"}


class Sizes(Options):
    """The options of the rule."""

    sizes: tuple[str, ...] = ()
    """The VM sizes that are allowed; `*` stands for any characters. Default: any."""


def _check(case: Case[Sizes]) -> Iterator[Problem]:
    if not case.options.sizes:
        raise NotApplicable("no sizes are configured")
    path = _PATHS[case.resource.type]
    size = case.resource.text(path)
    if not size:
        raise NotApplicable("no VM size is given")
    if not any(fnmatchcase(size.casefold(), one.casefold()) for one in case.options.sizes):
        yield Problem(path, f"{size} is not allowed here. Allowed: {', '.join(case.options.sizes)}.")


RULE = Rule(
    id="LLA-CMP-006",
    name="allowed-vm-sizes",
    title="Managed deployments and compute use the VM sizes that the environment allows.",
    why=(
        "A GPU size costs what a team costs. Azure's own policy for allowed sizes looks at virtual machines only, not "
        "at the machines of Azure Machine Learning."
    ),
    remedy="Take an allowed size, or have this one added to the configuration.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(ONLINE_DEPLOYMENT, COMPUTE),
    options=Sizes,
    check=_check,
    covers=("Azure Policy cccc23c7",),
)
