"""Gateways: who gets in, where keys lie, what stands behind."""

from llama_guardrails.resource_types import (
    API_MANAGEMENT_BACKEND,
    CONTAINER_APP,
    CONTAINER_APP_SIGN_IN,
    CONTAINER_APPS_ENVIRONMENT,
    CONTAINER_APPS_JOB,
    POSTGRES_CONFIGURATION,
    POSTGRES_SERVER,
)
from llama_guardrails.view import UNKNOWN
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import REMOVED, specimen, urn

_EXTERNAL = "configuration.ingress.external"
_PUBLIC = {_EXTERNAL: True}
_APP = urn(CONTAINER_APP, "app")
_OPEN = specimen(CONTAINER_APPS_ENVIRONMENT, "environment", {"vnetConfiguration.internal": False})
_CLOSED = specimen(CONTAINER_APPS_ENVIRONMENT, "environment")
_DOOR = specimen(CONTAINER_APP_SIGN_IN, "door")
_IMAGE = "template.containers"
_SECRETS = "configuration.secrets"
_DIGEST = f"ghcr.io/berriai/litellm@sha256:{'1' * 64}"


def _containers(**fields: object) -> dict[str, object]:
    return {_IMAGE: [{"name": "proxy", "image": _DIGEST, **fields}]}


CASES = {
    "gateway-sign-in": Cases(
        good=[
            [specimen(CONTAINER_APP, "app", _PUBLIC), _OPEN, _DOOR],
            [
                specimen(CONTAINER_APP, "app", {**_PUBLIC, "containerAppName": UNKNOWN}),
                specimen(
                    CONTAINER_APP_SIGN_IN,
                    "door",
                    {"containerAppName": UNKNOWN},
                    property_dependencies={"containerAppName": (_APP,)},
                ),
            ],
        ],
        bad=[
            ([specimen(CONTAINER_APP, "app", _PUBLIC), _OPEN], {"app": _EXTERNAL}),
            ([specimen(CONTAINER_APP, "app", _PUBLIC)], {"app": _EXTERNAL}),
            (
                [
                    specimen(CONTAINER_APP, "app", _PUBLIC),
                    specimen(CONTAINER_APP_SIGN_IN, "door of another", {"containerAppName": "other"}),
                ],
                {"app": _EXTERNAL},
            ),
            *(
                (
                    [specimen(CONTAINER_APP, "app", _PUBLIC), specimen(CONTAINER_APP_SIGN_IN, "door", changes)],
                    {"app": _EXTERNAL},
                )
                for changes in (
                    {"globalValidation.unauthenticatedClientAction": "AllowAnonymous"},
                    {"platform.enabled": False},
                    {"identityProviders.azureActiveDirectory": REMOVED},
                )
            ),
        ],
        unknown=[
            ([specimen(CONTAINER_APP, "app", {_EXTERNAL: UNKNOWN})], {"app": _EXTERNAL}),
        ],
        not_applicable=[[specimen(CONTAINER_APP, "app")], [specimen(CONTAINER_APP, "app", _PUBLIC), _CLOSED]],
    ),
    "gateway-secrets-by-reference": Cases(
        good=[
            [specimen(CONTAINER_APP, "app")],
            [specimen(CONTAINER_APPS_JOB, "job")],
            [specimen(CONTAINER_APP, "app", _containers(env=[{"name": "CHAT_KEY", "secretRef": "chat-key"}]))],
        ],
        bad=[
            (
                [specimen(CONTAINER_APP, "app", {_SECRETS: [{"name": "master-key", "value": "sk-1"}]})],
                {"app": f"{_SECRETS}[0].value"},
            ),
            (
                [specimen(CONTAINER_APP, "app", _containers(env=[{"name": "MASTER_KEY", "value": "1234"}]))],
                {"app": f"{_IMAGE}[0].env[0].value"},
            ),
            (
                [specimen(CONTAINER_APPS_JOB, "job", _containers(env=[{"name": "WHO", "value": "sk-1234"}]))],
                {"job": f"{_IMAGE}[0].env[0].value"},
            ),
        ],
        unknown=[
            (
                [specimen(CONTAINER_APP, "app", {_SECRETS: [{"name": "master-key", "value": UNKNOWN}]})],
                {"app": f"{_SECRETS}[0]"},
            )
        ],
    ),
    "gateway-replicas": by_example(
        "gateway-replicas",
        bad=[
            ([specimen(CONTAINER_APP, "silent", {"template.scale": REMOVED})], {"silent": "template.scale.minReplicas"})
        ],
        configured=[
            ({"minimum": 1}, [specimen(CONTAINER_APP, "one", {"template.scale.minReplicas": 1.0})], {}),
            ({"minimum": 3}, [specimen(CONTAINER_APP, "two")], {"two": "template.scale.minReplicas"}),
        ],
    ),
    "gateway-image-by-digest": Cases(
        good=[[specimen(CONTAINER_APP, "app")], [specimen(CONTAINER_APPS_JOB, "job")]],
        bad=[
            (
                [specimen(CONTAINER_APP, "app", _containers(image="ghcr.io/berriai/litellm:main-stable"))],
                {"app": f"{_IMAGE}[0].image"},
            ),
            ([specimen(CONTAINER_APP, "app", _containers(image="litellm"))], {"app": f"{_IMAGE}[0].image"}),
        ],
        unknown=[
            ([specimen(CONTAINER_APP, "app", _containers(image=UNKNOWN))], {"app": f"{_IMAGE}[0].image"}),
        ],
        not_applicable=[[specimen(CONTAINER_APP, "app", {_IMAGE: []})]],
    ),
    "database-network-closed": by_example(
        "database-network-closed",
        bad=[
            (
                [specimen(POSTGRES_SERVER, "silent", {"network": REMOVED})],
                {"silent": "network.publicNetworkAccess"},
            )
        ],
    ),
    "database-encrypted-transport": by_example(
        "database-encrypted-transport",
        not_applicable=[
            [specimen(POSTGRES_CONFIGURATION, "other", {"configurationName": "max_connections", "value": "100"})]
        ],
    ),
    "backend-circuit-breaker": by_example(
        "backend-circuit-breaker",
        bad=[
            (
                [specimen(API_MANAGEMENT_BACKEND, "silent", {"circuitBreaker": REMOVED})],
                {"silent": "circuitBreaker.rules"},
            )
        ],
        not_applicable=[[specimen(API_MANAGEMENT_BACKEND, "pool", {"type": "Pool", "circuitBreaker": REMOVED})]],
    ),
}
