"""Who deploys, by the stack's settings and by the pack's configuration."""

from pydantic import Field

from llama_azure_core.frozen import Frozen
from llama_guardrails.context import Context, Deployer
from llama_guardrails.rule import Options


class NamedDeployer(Frozen):
    """Somebody who must be able to deploy, and may not be able to do more."""

    principal_id: str = Field(min_length=1)
    """Required. The object id."""
    may_subscribe: bool = True
    """Optional. Whether they subscribe projects to offers too. Default: true."""


class Deployers(Options):
    """The options of the rules about deployers."""

    deployers: tuple[NamedDeployer, ...] = ()
    """Who deploys, beside the stack's own `llama-azure:deployers`. Default: nobody."""


def all_deployers(context: Context, options: Deployers) -> tuple[Deployer, ...]:
    """Return everybody who deploys, each once."""
    named = [Deployer(one.principal_id, one.may_subscribe) for one in options.deployers]
    return tuple({one.principal_id.casefold(): one for one in (*context.deployers, *named)}.values())
