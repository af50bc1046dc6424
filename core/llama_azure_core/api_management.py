"""The policy of an API of API Management that stands before a stack's endpoints (source S304)."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from llama_azure_core.gateway import gateway_facts

_MODEL = '(string)context.Request.Body?.As<JObject>(preserveContent: true)?["model"]'
_TRY_AGAIN = "@(context.Response != null && (context.Response.StatusCode == 429 || context.Response.StatusCode >= 500))"


def policy_xml(pools: Mapping[str, str], tries: Mapping[str, int], tokens_per_minute: int | None) -> str:
    """Return the policy document of the API.

    Callers name a model in the body, and the policy sends them to the model's pool; what it sends is signed in with the
    service's managed identity. Tokens are limited and counted for each subscription key.

    Args:
        pools: by the name that callers have for a model: the id of the pool, or of the only backend.
        tries: by the same names: on how many backends a request may be tried.
        tokens_per_minute: how many tokens the holder of a subscription key may use a minute; ``None`` for no limit.
    """
    facts = gateway_facts("apiManagement")
    policies = ET.Element("policies")
    inbound = ET.SubElement(policies, "inbound")
    ET.SubElement(inbound, "base")
    ET.SubElement(inbound, "set-variable", {"name": "model", "value": f"@({_MODEL} ?? string.Empty)"})
    choose = ET.SubElement(inbound, "choose")
    for model, pool in pools.items():
        when = ET.SubElement(choose, "when", {"condition": f"@({_is_model(model)})"})
        ET.SubElement(when, "set-backend-service", {"backend-id": pool})
    _no_such_model(ET.SubElement(choose, "otherwise"), list(pools))
    ET.SubElement(
        inbound,
        "authentication-managed-identity",
        {"resource": facts["tokenResource"], "output-token-variable-name": "token", "ignore-error": "false"},
    )
    authorization = ET.SubElement(inbound, "set-header", {"name": "Authorization", "exists-action": "override"})
    ET.SubElement(authorization, "value").text = '@("Bearer " + (string)context.Variables["token"])'
    for name in ("api-key", "Ocp-Apim-Subscription-Key"):  # the caller's own key is nobody else's business
        ET.SubElement(inbound, "set-header", {"name": name, "exists-action": "delete"})
    version = ET.SubElement(inbound, "set-query-parameter", {"name": "api-version", "exists-action": "override"})
    ET.SubElement(version, "value").text = facts["apiVersion"]
    if tokens_per_minute is not None:
        ET.SubElement(
            inbound,
            "llm-token-limit",
            {
                "counter-key": "@(context.Subscription.Id)",
                "tokens-per-minute": str(tokens_per_minute),
                "estimate-prompt-tokens": "true",
                "remaining-tokens-header-name": "x-ratelimit-remaining-tokens",
            },
        )
    metric = ET.SubElement(inbound, "llm-emit-token-metric", {"namespace": facts["metricNamespace"]})
    ET.SubElement(metric, "dimension", {"name": "Subscription ID"})
    ET.SubElement(metric, "dimension", {"name": "Model", "value": '@((string)context.Variables["model"])'})
    backend = ET.SubElement(policies, "backend")
    retry = ET.SubElement(
        backend,
        "retry",
        {
            "condition": _TRY_AGAIN,
            "count": str(max(1, max(tries.values(), default=1) - 1)),
            "interval": "1",
            "first-fast-retry": "true",
        },
    )
    ET.SubElement(retry, "forward-request", {"buffer-request-body": "true", "buffer-response": "false"})
    ET.SubElement(ET.SubElement(policies, "outbound"), "base")
    ET.SubElement(ET.SubElement(policies, "on-error"), "base")
    ET.indent(policies)
    return ET.tostring(policies, encoding="unicode")


def _is_model(model: str) -> str:
    quoted = model.replace("\\", "\\\\").replace('"', '\\"')
    return f'(string)context.Variables["model"] == "{quoted}"'


def _no_such_model(otherwise: ET.Element, models: list[str]) -> None:
    answer = ET.SubElement(otherwise, "return-response")
    ET.SubElement(answer, "set-status", {"code": "404", "reason": "Not Found"})
    header = ET.SubElement(answer, "set-header", {"name": "Content-Type", "exists-action": "override"})
    ET.SubElement(header, "value").text = "application/json"
    listed = ", ".join(sorted(models))
    message = f"There is no such model here; there is {listed}."
    body = '{"error": {"code": "model_not_found", "type": "invalid_request_error", "message": "%s"} }'
    ET.SubElement(answer, "set-body").text = body % message.replace('"', "'")
