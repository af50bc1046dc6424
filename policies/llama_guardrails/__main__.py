"""The policy pack: it hands over the rules and nothing else, for this call never returns."""

from llama_guardrails import RULES
from llama_guardrails.pack import serve

serve(RULES)
