"""What is asked of the backends of an API Management service."""

from llama_guardrails.property_rule import is_filled, property_rule
from llama_guardrails.resource_types import API_MANAGEMENT_BACKEND
from llama_guardrails.rule import Example, Level, Severity
from llama_guardrails.view import NotApplicable, Resource


def _is_single(resource: Resource) -> None:
    if resource.says("type", "Pool"):
        raise NotApplicable("its members have the circuit breakers")


RULES = (
    property_rule(
        id="LLA-GTW-011",
        name="backend-circuit-breaker",
        title="A backend of API Management has a circuit breaker.",
        why=(
            "Without one a pool goes on to send its share of the requests to an endpoint that answers 429 or 5xx, and "
            "callers wait for each of them."
        ),
        remedy="Give the backend a rule of circuitBreaker for 429 and 5xx, with acceptRetryAfter.",
        severity=Severity.MEDIUM,
        level=Level.MANDATORY,
        types=(API_MANAGEMENT_BACKEND,),
        wants=(is_filled("circuitBreaker.rules", "The backend has no circuit breaker."),),
        only=_is_single,
        sources=("S304",),
        example=Example(
            API_MANAGEMENT_BACKEND,
            "circuitBreaker.rules",
            good=[{"name": "throttled", "tripDuration": "PT30S", "failureCondition": {"count": 3.0}}],
            bad=[],
        ),
    ),
)
