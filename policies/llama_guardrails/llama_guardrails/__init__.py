"""The rules of the llama-guardrails policy pack."""

from typing import TYPE_CHECKING, Any

from llama_guardrails.inventory import RULES

if TYPE_CHECKING:
    from llama_guardrails.sdk import policies

__all__ = ["RULES", "policies"]


def __getattr__(name: str) -> Any:
    # The pack itself runs without `pulumi-policy`, so that only whoever wants its policies needs it.
    if name == "policies":
        from llama_guardrails.sdk import policies

        return policies
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
