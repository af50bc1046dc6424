"""Every rule of the pack, listed by hand: what is not listed here does not exist."""

from typing import Any

from llama_guardrails.rule import Rule
from llama_guardrails.rules.general import configuration
from llama_guardrails.rules.models import one_deployment
from llama_guardrails.rules.regions import serverless_model

RULES: tuple[Rule[Any], ...] = (
    configuration.RULE,
    serverless_model.RULE,
    one_deployment.RULE,
)
"""In the order of the report and of the documentation."""
