"""The rules of the llama-guardrails policy pack."""

from pulumi_policy import Policy

from llama_guardrails.one_deployment_per_model import one_deployment_per_model
from llama_guardrails.supported_region import supported_region

POLICIES: list[Policy] = [supported_region, one_deployment_per_model]
"""Every rule of the pack, in the order of its report."""
