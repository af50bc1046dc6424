"""Which models are deployed, and how often."""

import datetime as dt
from typing import Any

from llama_azure_core.catalogue import REGISTRY_PREFIX
from llama_guardrails.resource_types import (
    AI_SERVICES_DEPLOYMENT,
    MARKETPLACE_SUBSCRIPTION,
    ONLINE_DEPLOYMENT,
    ONLINE_ENDPOINT,
    SERVERLESS_ENDPOINT,
    WORKSPACE,
)
from llama_guardrails.view import UNKNOWN, Resource
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import LLAMA_2, LLAMA_8B, LLAMA_70B, project, specimen, urn

_MODEL = "properties.modelSettings.modelId"
_SUBSCRIBED = "properties.modelId"
_PHI = "azureml://registries/azureml/models/Phi-3"
_FINE_TUNED = "azureml://locations/eastus2/workspaces/w/models/mine/versions/1"
_PROJECT_URN = urn(WORKSPACE, "assistants")
_SUBSCRIPTION_URN = urn(MARKETPLACE_SUBSCRIPTION, "subscription")
_2025 = dt.date(2025, 7, 1)
_3_3 = f"{REGISTRY_PREFIX}Llama-3.3-70B-Instruct"


def _endpoint(name: str, changes: dict[str, Any] | None = None, **fields: Any) -> Resource:
    return specimen(SERVERLESS_ENDPOINT, name, {"name": name, **(changes or {})}, **fields)


_BY_OUTPUT = {"workspaceName": (_PROJECT_URN,)}
# One model, as people write it.
_SPELLINGS = (
    "Meta-Llama-3-8B-Instruct",
    "azureml:Meta-Llama-3-8B-Instruct:1",
    f"  {LLAMA_8B}",
    f"{LLAMA_8B}/",
    f"{LLAMA_8B}/versions/5",
    "/registries/azureml-meta/models/Meta-Llama-3-8B-Instruct",
    LLAMA_8B.upper().replace("AZUREML://", "azureml://"),
)
_MANAGED = "properties.model"
_FOUNDRY, _FORMAT = "properties.model.name", "properties.model.format"
_GPT = {_FOUNDRY: "gpt-4o", _FORMAT: "OpenAI"}
_SCOUT = {_FOUNDRY: "Llama-4-Scout-17B-16E-Instruct"}

CASES = {
    "one-serverless-deployment-per-model-and-project": Cases(
        good=[
            [_endpoint("one"), _endpoint("two", {_MODEL: LLAMA_70B})],
            [_endpoint("one"), _endpoint("two", {"workspaceName": "others"})],
            [_endpoint("one"), _endpoint("two", {"resourceGroupName": "rg-others"})],
            [_endpoint("one", {_MODEL: _PHI}), _endpoint("two", {_MODEL: f"{_PHI}-mini"})],
        ],
        bad=[
            ([_endpoint("one"), _endpoint("two")], {"two": _MODEL}),
            ([_endpoint("one"), _endpoint("two", {_MODEL: f"{LLAMA_8B}/versions/9"})], {"two": _MODEL}),
            ([_endpoint("one"), _endpoint("two", {_MODEL: LLAMA_8B.lower()})], {"two": _MODEL}),
            ([_endpoint("one"), _endpoint("two", {"workspaceName": "Assistants"})], {"two": _MODEL}),
            ([_endpoint("one"), _endpoint("two", {"resourceGroupName": "RG-Llama"})], {"two": _MODEL}),
            ([_endpoint("one"), _endpoint("two"), _endpoint("three")], {"two": _MODEL, "three": _MODEL}),
            ([_endpoint("one", {_MODEL: _PHI}), _endpoint("two", {_MODEL: _PHI.upper()})], {"two": _MODEL}),
            # The project is an output in one place, and named or adopted by id in the other.
            (
                [
                    project(),
                    _endpoint("one"),
                    _endpoint("two", {"workspaceName": UNKNOWN}, property_dependencies=_BY_OUTPUT),
                ],
                {"two": _MODEL},
            ),
            # The project's own name is not known either: both endpoints are outputs of the same project.
            (
                [
                    project(changes={"workspaceName": UNKNOWN}),
                    _endpoint("one", {"workspaceName": UNKNOWN}, property_dependencies=_BY_OUTPUT),
                    _endpoint("two", {"workspaceName": UNKNOWN}, property_dependencies=_BY_OUTPUT),
                ],
                {"two": _MODEL},
            ),
        ],
        unknown=[
            ([_endpoint("one", {_MODEL: UNKNOWN})], {"one": _MODEL}),
            ([_endpoint("one", {"workspaceName": UNKNOWN})], {"one": "workspaceName"}),
        ],
        not_applicable=[[_endpoint("one", {_MODEL: None})]],
    ),
    "endpoint-name-unique-in-region": Cases(
        good=[
            [_endpoint("one"), _endpoint("two")],
            [_endpoint("one"), _endpoint("two", {"name": "one", "location": "westus"})],
            [_endpoint("one"), specimen(ONLINE_ENDPOINT, "two", {"endpointName": "one"})],
        ],
        bad=[
            ([_endpoint("one"), _endpoint("two", {"name": "ONE", "location": "East US 2"})], {"two": "name"}),
            ([specimen(ONLINE_ENDPOINT, "one"), specimen(ONLINE_ENDPOINT, "two")], {"two": "endpointName"}),
        ],
        unknown=[([_endpoint("one", {"name": UNKNOWN})], {"one": "name"})],
        not_applicable=[[_endpoint("one", {"name": None})]],
    ),
    "serverless-model-can-be-deployed": by_example(
        "serverless-model-can-be-deployed",
        on=_2025,
        bad=[
            ([_endpoint("retired")], {"retired": _MODEL}),
            *(([_endpoint("spelt", {_MODEL: spelling})], {"spelt": _MODEL}) for spelling in _SPELLINGS),
        ],
        not_applicable=[[_endpoint("stranger", {_MODEL: _PHI})]],
    ),
    "serverless-model-not-ending-soon": Cases(
        on=dt.date(2026, 3, 1),
        good=[[_endpoint("good", {_MODEL: _3_3})]],
        bad=[
            ([_endpoint("bad", {_MODEL: f"{REGISTRY_PREFIX}Meta-Llama-3.1-8B-Instruct"})], {"bad": _MODEL}),
        ],
        unknown=[([_endpoint("unknown", {_MODEL: UNKNOWN})], {"unknown": _MODEL})],
        not_applicable=[[_endpoint("stranger", {_MODEL: _PHI})]],
        configured=[
            ({"days": 1}, [_endpoint("soon", {_MODEL: f"{REGISTRY_PREFIX}Meta-Llama-3.1-8B-Instruct"})], {}),
        ],
    ),
    "serverless-model-without-version": by_example(
        "serverless-model-without-version",
        good={"fine-tuned": _FINE_TUNED},
        bad=[
            (
                [specimen(MARKETPLACE_SUBSCRIPTION, "subscription", {_SUBSCRIBED: f"{LLAMA_8B}/versions/9"})],
                {"subscription": _SUBSCRIBED},
            ),
            ([_endpoint("label", {_MODEL: f"{LLAMA_8B}/labels/latest"})], {"label": _MODEL}),
        ],
        not_applicable=[[_endpoint("nothing", {_MODEL: None})]],
    ),
    "managed-model-with-version": by_example(
        "managed-model-with-version",
        good={"fine-tuned": _FINE_TUNED, "short": "azureml:mine:3"},
        bad=[
            (
                [specimen(ONLINE_DEPLOYMENT, "none", {"properties.model": f"{REGISTRY_PREFIX}Llama-2-7b-chat"})],
                {"none": "properties.model"},
            ),
            (
                [specimen(ONLINE_DEPLOYMENT, "short", {"properties.model": "azureml:m@latest"})],
                {"short": "properties.model"},
            ),
        ],
        not_applicable=[[specimen(ONLINE_DEPLOYMENT, "nothing", {"properties.model": None})]],
    ),
    "managed-model-not-retired": by_example(
        "managed-model-not-retired",
        on=dt.date(2026, 11, 27),
        bad=[
            ([specimen(ONLINE_DEPLOYMENT, "short", {_MANAGED: "azureml:Llama-2-7b-chat:27"})], {"short": _MANAGED}),
        ],
        not_applicable=[[specimen(ONLINE_DEPLOYMENT, "stranger", {_MANAGED: f"{_PHI}/versions/3"})]],
    ),
    "approved-models": Cases(
        options={"allowedPublishers": ["meta"], "allowedAssetIds": ["models/Phi-3"]},
        good=[
            [_endpoint("meta")],
            [_endpoint("listed", {_MODEL: _PHI})],
            [specimen(ONLINE_DEPLOYMENT, "managed")],
            [specimen(AI_SERVICES_DEPLOYMENT, "foundry")],
        ],
        bad=[
            (
                [_endpoint("mistral", {_MODEL: "azureml://registries/azureml-mistral/models/Large"})],
                {"mistral": _MODEL},
            ),
            ([_endpoint("own", {_MODEL: _FINE_TUNED})], {"own": _MODEL}),
            ([_endpoint("named", {_MODEL: "azureml:mine:1"})], {"named": _MODEL}),
            ([specimen(AI_SERVICES_DEPLOYMENT, "gpt", _GPT)], {"gpt": _FOUNDRY}),
            # Another publisher's model is not Meta's by its name.
            ([specimen(AI_SERVICES_DEPLOYMENT, "tuned", {_FORMAT: "Fireworks"})], {"tuned": _FOUNDRY}),
        ],
        unknown=[
            ([_endpoint("unknown", {_MODEL: UNKNOWN})], {"unknown": _MODEL}),
            ([_endpoint("unreadable", {_MODEL: "azureml://nowhere/x"})], {"unreadable": _MODEL}),
            ([specimen(AI_SERVICES_DEPLOYMENT, "unknown", {_FORMAT: UNKNOWN})], {"unknown": _FORMAT}),
        ],
        not_applicable=[[specimen(AI_SERVICES_DEPLOYMENT, "nothing", {_FOUNDRY: None})]],
        configured=[
            ({}, [_endpoint("any", {_MODEL: "azureml://registries/else/models/m"})], {}),
            (
                {"allowedAssetIds": [f"{_3_3}"]},
                [specimen(AI_SERVICES_DEPLOYMENT, "listed"), specimen(AI_SERVICES_DEPLOYMENT, "scout", _SCOUT)],
                {"scout": _FOUNDRY},
            ),
            (
                {"allowedAssetIds": ["70B"]},
                [_endpoint("small"), _endpoint("large", {_MODEL: LLAMA_70B})],
                {"small": _MODEL},
            ),
        ],
    ),
    "approved-model-registry": Cases(
        options={"allowedRegistryName": "azureml-meta", "restrictedModels": [LLAMA_70B]},
        good=[[_endpoint("meta"), _endpoint("own", {_MODEL: _FINE_TUNED})]],
        bad=[
            ([_endpoint("other", {_MODEL: _PHI})], {"other": _MODEL}),
            ([_endpoint("restricted", {_MODEL: LLAMA_70B.upper()})], {"restricted": _MODEL}),
        ],
        unknown=[
            ([specimen(ONLINE_DEPLOYMENT, "unknown", {"properties.model": UNKNOWN})], {"unknown": "properties.model"})
        ],
        not_applicable=[[_endpoint("nothing", {_MODEL: None})]],
        configured=[
            ({}, [_endpoint("any", {_MODEL: _PHI})], {}),
            (
                {"restrictedModels": [f"{_3_3}/versions/9"]},
                [specimen(AI_SERVICES_DEPLOYMENT, "restricted"), specimen(AI_SERVICES_DEPLOYMENT, "scout", _SCOUT)],
                {"restricted": _FOUNDRY},
            ),
            ({"restrictedModels": [LLAMA_2]}, [specimen(ONLINE_DEPLOYMENT, "two")], {"two": "properties.model"}),
        ],
    ),
    "endpoint-after-its-subscription": Cases(
        good=[
            [
                specimen(MARKETPLACE_SUBSCRIPTION, "subscription"),
                _endpoint("good", dependencies=(_SUBSCRIPTION_URN,)),
            ],
            [
                specimen(MARKETPLACE_SUBSCRIPTION, "subscription", parent="urn:pulumi:prod::l::llama:S::component"),
                _endpoint("by its component", dependencies=("urn:pulumi:prod::l::llama:S::component",)),
            ],
            [
                specimen(MARKETPLACE_SUBSCRIPTION, "subscription"),
                project("between", dependencies=(_SUBSCRIPTION_URN,)),
                _endpoint("by another", dependencies=(urn(WORKSPACE, "between"),)),
            ],
        ],
        bad=[([specimen(MARKETPLACE_SUBSCRIPTION, "subscription"), _endpoint("bad")], {"bad": ""})],
        unknown=[
            (
                [specimen(MARKETPLACE_SUBSCRIPTION, "subscription"), _endpoint("unknown", {"workspaceName": UNKNOWN})],
                {"unknown": "workspaceName"},
            )
        ],
        not_applicable=[
            [_endpoint("alone")],
            [specimen(MARKETPLACE_SUBSCRIPTION, "other", {_SUBSCRIBED: LLAMA_70B}), _endpoint("of another model")],
            [specimen(MARKETPLACE_SUBSCRIPTION, "other", {"workspaceName": "o"}), _endpoint("of another project")],
        ],
    ),
    "endpoint-has-a-subscription": Cases(
        good=[[specimen(MARKETPLACE_SUBSCRIPTION, "subscription"), _endpoint("good")]],
        bad=[
            ([_endpoint("bad")], {"bad": _MODEL}),
            (
                [specimen(MARKETPLACE_SUBSCRIPTION, "other", {_SUBSCRIBED: LLAMA_70B}), _endpoint("bad")],
                {"bad": _MODEL},
            ),
        ],
        unknown=[
            (
                [specimen(MARKETPLACE_SUBSCRIPTION, "subscription", {_SUBSCRIBED: UNKNOWN}), _endpoint("unknown")],
                {"unknown": _SUBSCRIBED},
            )
        ],
        not_applicable=[[_endpoint("stranger", {_MODEL: _PHI})]],
        configured=[
            ({"subscribedElsewhere": ["assistants/Meta-Llama-3-8B-Instruct"]}, [_endpoint("said")], {}),
            ({"subscribedElsewhere": ["assistants/*"]}, [_endpoint("said")], {}),
            ({"subscribedElsewhere": ["others/*"]}, [_endpoint("bad")], {"bad": _MODEL}),
        ],
    ),
    "serverless-content-safety": by_example(
        "serverless-content-safety",
        good={"spelt": "enabled"},
        bad=[
            (
                [_endpoint("silent", {"properties.contentSafety": None})],
                {"silent": "properties.contentSafety.contentSafetyStatus"},
            )
        ],
    ),
}
