"""A program that breaks every mandatory rule: the first broken case of each rule's own table, declared for real."""

import json
from typing import Any

from llama_azure_core.catalogue import find_model
from llama_azure_sandbox.provider.types import resource_rows
from llama_guardrails import RULES
from llama_guardrails.rule import Level, Rule
from llama_guardrails.view import Resource
from tests.policy.cases import ALL

GENERAL = "guardrails-configuration"
AS_OF = "2026-07-01"
"""A date on which the models that have ended have ended."""

_NOT_ENDED = find_model("Llama-3.3-70B-Instruct").registry_model_id
_ENDED = find_model("Meta-Llama-3-8B-Instruct").registry_model_id

PROGRAM = '''"""Resources that break the rules."""

import json
from pathlib import Path

import pulumi

declared = {}
for one in json.loads(Path("broken.json").read_text(encoding="utf-8")):
    declared[one["urn"]] = pulumi.CustomResource(
        one["type"],
        one["name"],
        one["properties"],
        pulumi.ResourceOptions(depends_on=[declared[urn] for urn in one["dependsOn"] if urn in declared]),
    )
'''


def mandatory_rules() -> list[Rule[Any]]:
    """Return the rules that block where a configuration says nothing else, and can be broken in the sandbox.

    A rule can not whose types the stand-in for azure-native has none of: a preview of such a type ends before it is
    judged.
    """
    azure_native = resource_rows()
    return [
        rule
        for rule in RULES
        if rule.level is Level.MANDATORY
        and (not rule.types or any(one in azure_native or ":dynamic/" in one for one in rule.types))
    ]


def broken_resources() -> str:
    """Return what the program declares, as JSON."""
    resources = []
    for rule in mandatory_rules():
        if rule.name == GENERAL:
            continue  # it judges the configuration, not a resource
        estate, _ = ALL[rule.name].bad[0]
        resources += [
            {
                "type": one.type,
                "name": f"{rule.id.lower()}-{one.name}",
                "urn": f"{rule.id} {one.urn}",
                "properties": _properties(rule, one),
                "dependsOn": [f"{rule.id} {urn}" for urn in one.dependencies],
            }
            for one in estate
        ]
    return json.dumps(resources)


def _properties(rule: Rule[Any], resource: Resource) -> dict[str, Any]:
    """Return a resource's properties; a region is judged only for a model that has not ended on the date."""
    text = json.dumps(dict(resource.properties))
    if rule.name == "serverless-model-supported-region":
        text = text.replace(_ENDED, _NOT_ENDED)
    properties: dict[str, Any] = json.loads(text)
    return properties


def configuration() -> str:
    """Return a configuration under which every mandatory rule has something to say, and is broken itself."""
    exemption = {
        "rule": "required-tags",
        "resources": "nothing",
        "reason": "it was needed once",
        "owner": "platform",
        "expires": "2024-01-01",
    }
    options = {rule.name: dict(ALL[rule.name].options) for rule in mandatory_rules() if ALL[rule.name].options}
    options[GENERAL] = {"exemptions": [exemption]}
    return json.dumps(options)
