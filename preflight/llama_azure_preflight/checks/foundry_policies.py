"""PF-POL-001: Azure's own policies let the stack's Foundry deployments be made."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import FoundryAccount
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.checks._foundry import account_there
from llama_azure_preflight.findings import Verdict, failed, passed, unknown, warned
from llama_azure_preflight.questions import DeploymentPolicies, GroupResources, ResourceById
from llama_azure_preflight.questions.foundry import PolicyVerdict, WishedDeployment
from llama_azure_preflight.stack import Stack

_REMEDY = "deploy a model that the assignment allows, or ask whoever owns the assignment for an exemption"
_DENY = "deny"


def cases(stack: Stack) -> Iterator[Case]:
    """Each deployment of a Foundry resource; all are asked about at once."""
    account = stack.plan.foundry
    if account is None:
        return
    wished = tuple(
        WishedDeployment(
            one.name,
            one.arguments["model_format"],
            one.arguments["model_name"],
            one.arguments["model_version"],
            one.arguments["content_filter"],
        )
        for one in account.endpoints
    )
    for one in wished:
        yield Case(f"{one.model} ({one.name})", partial(judge, stack, account, wished, one))


def judge(
    stack: Stack,
    account: FoundryAccount,
    wished: tuple[WishedDeployment, ...],
    one: WishedDeployment,
    answers: Answers,
) -> Verdict:
    """Policies are asked of an account that is there; a dry run knows them as the deployment will meet them."""
    if account_there(stack, account, answers) is None:
        return warned(
            f"{account.name} is not there yet, and policies can be asked of an account alone",
            "run preflight again once the account is there; until then Azure says it as it deploys",
        )
    found: PolicyVerdict | None = answers.of(DeploymentPolicies(account.id, wished)).get(one.name)
    if found is None or found.outcome not in ("Compliant", "NonCompliant"):
        outcome = "said nothing" if found is None else f"answered {found.outcome or 'nothing'}"
        return unknown(f"Azure {outcome} of {one.name}", "run preflight again")
    if found.outcome == "Compliant":
        return passed(f"no policy speaks against {one.model} as {one.name}")
    denying = [name for name, effect in found.effects.items() if effect.casefold() == _DENY]
    others = [f"{name} ({effect})" for name, effect in found.effects.items() if effect.casefold() != _DENY]
    if denying:
        return failed(f"Azure Policy denies {one.model}, by {', '.join(denying)}", _REMEDY)
    return warned(f"{one.model} does not comply with {', '.join(others)}, which does not refuse it", _REMEDY)


CHECK = Check(
    id="PF-POL-001",
    title="Azure Policy allows the Foundry deployments",
    asks="What the policies that are assigned would say of each deployment, before it is made, by a preview API.",
    remedy=_REMEDY,
    questions=(GroupResources, ResourceById, DeploymentPolicies),
    cases=cases,
)
