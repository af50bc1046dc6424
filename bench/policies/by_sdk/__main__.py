"""The guardrails as policies of the SDK, judging on the day that AS_OF names."""

import os

from pulumi_policy import PolicyPack

from llama_guardrails import policies

PolicyPack(name="guardrails-by-sdk", policies=policies({"guardrails-configuration": {"asOf": os.environ.get("AS_OF")}}))
