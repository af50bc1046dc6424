"""PF-NAME-010: the name of the gateway's PostgreSQL server is free."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan.items import Resource
from llama_azure_core.resource_types import POSTGRES_SERVER
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check
from llama_azure_preflight.checks._names import judge_own
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import PostgresServerName, ResourceById
from llama_azure_preflight.stack import Stack

_REMEDY = "give llama-azure:gateway.database.name another value"


def cases(stack: Stack) -> Iterator[Case]:
    """The server that the stack makes."""
    for server in stack.plan.made(POSTGRES_SERVER):
        yield Case(server.name, partial(judge, stack, server))


def judge(stack: Stack, server: Resource, answers: Answers) -> Verdict:
    """The name becomes a host name, and is unique in all of Azure."""
    if answers.of(ResourceById(server.id)) is not None:
        return judge_own(stack, server.id)
    answer = answers.of(PostgresServerName(server.name))
    if answer.is_free:
        return passed(f"{server.name} is free")
    return failed(f"{server.name} is not to be had: {answer.message}", _REMEDY)


CHECK = Check(
    id="PF-NAME-010",
    title="The PostgreSQL server's name is free",
    asks="Whether the name of the gateway's server is free in all of Azure, or the stack's own server holds it.",
    remedy=_REMEDY,
    questions=(ResourceById, PostgresServerName),
    cases=cases,
)
