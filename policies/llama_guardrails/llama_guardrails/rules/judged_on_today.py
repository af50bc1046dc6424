"""Rule: a stack is judged on today."""

from collections.abc import Iterator

from llama_guardrails.context import JUDGED_TODAY
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When


def _check(case: Case[Options]) -> Iterator[Problem]:
    context = case.context
    for problem in context.problems:
        yield Problem("", f"{problem}. It counts as not set.")
    if context.is_todays:
        return
    if context.on != context.today:
        yield Problem("", f"The stack is judged on {context.on}, and today is {context.today}.")
    else:
        yield Problem("", f"The stack is judged by the region tables of {context.regions_on}, not by today's.")


RULE = Rule(
    id="LLA-CFG-002",
    name=JUDGED_TODAY,
    title="The stack is judged on today.",
    why=(
        "A stack's asOf and regionSnapshot choose the date on which models and regions are judged. They "
        "are for a local Azure that lives on another day, and for looking back. Whoever writes a stack's file could "
        "switch judgements off with them, so the configuration of the environment decides whether they may be used: "
        "where this rule is in force, everything is judged on the stack's date and on today."
    ),
    remedy="Remove asOf and regionSnapshot from the stack, or disable this rule where stacks may live on another day.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(),
    when=When.STACK,
    options=Options,
    check=_check,
)
