"""The rules of the llama-guardrails policy pack."""

from llama_guardrails.inventory import RULES

__all__ = ["RULES"]
