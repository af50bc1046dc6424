"""The policy pack: it lists the rules and nothing else, for this call never returns."""

from pulumi_policy import EnforcementLevel, PolicyPack

from llama_guardrails import POLICIES

PolicyPack(name="llama-guardrails", enforcement_level=EnforcementLevel.MANDATORY, policies=POLICIES)
