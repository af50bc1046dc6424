"""Where things may lie."""

from llama_guardrails.resource_types import ONLINE_ENDPOINT, SERVERLESS_ENDPOINT, STORAGE_ACCOUNT, WORKSPACE
from llama_guardrails.view import UNKNOWN
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import LLAMA_8B, hub, project, specimen, urn

_PHI = "azureml://registries/azureml/models/Phi-3"
_MODEL = "properties.modelSettings.modelId"
_HUB_URN = urn(WORKSPACE, "hub-llama")
_PROJECT_URN = urn(WORKSPACE, "assistants")

CASES = {
    "serverless-model-supported-region": by_example(
        "serverless-model-supported-region",
        good={"display name": "East US 2"},
        bad=[
            (
                [specimen(SERVERLESS_ENDPOINT, "old", {_MODEL: f"{LLAMA_8B}/versions/3", "location": "westus"})],
                {"old": "location"},
            )
        ],
        not_applicable=[
            [specimen(SERVERLESS_ENDPOINT, "stranger", {_MODEL: _PHI})],
            [specimen(SERVERLESS_ENDPOINT, "placeless", {"location": None})],
        ],
    ),
    "allowed-regions": by_example(
        "allowed-regions",
        good={"display name": "Sweden Central"},
        options={"regions": ["Sweden Central", "westeurope"]},
        not_applicable=[[specimen(STORAGE_ACCOUNT, "everywhere", {"location": "global"})]],
        configured=[
            ({}, [specimen(STORAGE_ACCOUNT, "anywhere", {"location": "moon"})], {}),
            ({"regions": ["eastus2"]}, [specimen(STORAGE_ACCOUNT, "here"), hub()], {}),
            ({"regions": ["westus"]}, [hub()], {"hub-llama": "location"}),
        ],
    ),
    "endpoint-in-its-projects-region": Cases(
        good=[
            [project(), specimen(SERVERLESS_ENDPOINT, "good"), specimen(ONLINE_ENDPOINT, "also", {})],
            [project(changes={"location": "East US 2"}), specimen(SERVERLESS_ENDPOINT, "spelt")],
        ],
        bad=[
            ([project(), specimen(SERVERLESS_ENDPOINT, "bad", {"location": "westus"})], {"bad": "location"}),
            ([project(), specimen(ONLINE_ENDPOINT, "bad", {"location": "westus"})], {"bad": "location"}),
            (
                [
                    project(),
                    specimen(
                        SERVERLESS_ENDPOINT,
                        "by output",
                        {"workspaceName": UNKNOWN, "location": "westus"},
                        property_dependencies={"workspaceName": (_PROJECT_URN,)},
                    ),
                ],
                {"by output": "location"},
            ),
        ],
        unknown=[
            ([project(), specimen(SERVERLESS_ENDPOINT, "unknown", {"location": UNKNOWN})], {"unknown": "location"}),
            (
                [project(), specimen(SERVERLESS_ENDPOINT, "unknown", {"workspaceName": UNKNOWN})],
                {"unknown": "workspaceName"},
            ),
        ],
        not_applicable=[[specimen(SERVERLESS_ENDPOINT, "in another stack's project")]],
    ),
    "project-in-its-hubs-region": Cases(
        good=[[hub(), project()]],
        bad=[
            ([hub(), project(changes={"location": "westus"})], {"assistants": "location"}),
            (
                [
                    hub(changes={"workspaceName": UNKNOWN}),
                    project(
                        changes={"hubResourceId": UNKNOWN, "location": "westus"},
                        property_dependencies={"hubResourceId": (_HUB_URN,)},
                    ),
                ],
                {"assistants": "location"},
            ),
        ],
        unknown=[
            ([hub(), project(changes={"hubResourceId": UNKNOWN})], {"assistants": "hubResourceId"}),
            ([hub(changes={"location": UNKNOWN}), project()], {"assistants": "location"}),
        ],
        not_applicable=[[hub()], [project()]],
    ),
}
