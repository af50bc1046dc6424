"""Who may do what, and how one signs in."""

from typing import Any

from llama_azure_core.conditions import Grantable, condition_to_grant
from llama_azure_core.rbac import deployer_permissions
from llama_guardrails.resource_types import (
    COMPUTE,
    FOUNDRY_CONNECTIONS,
    MARKETPLACE_SUBSCRIPTION,
    ONLINE_DEPLOYMENT,
    ONLINE_ENDPOINT,
    ROLE_ASSIGNMENT,
    ROLE_DEFINITION,
    ROLE_ELIGIBILITY,
    SERVERLESS_ENDPOINT,
    STORAGE_ACCOUNT,
    WORKSPACE_CONNECTION,
)
from llama_guardrails.view import REDACTED, UNKNOWN, Resource
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import GROUP_ID, PROJECT_ID, SUBSCRIPTION_ID, hub, project, specimen, urn

_ME, _OTHER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
_TAKES = deployer_permissions()
_IN_PROJECT = [*_TAKES.project, *_TAKES.project_arm_spelling]
_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
_DEFINITIONS = f"{_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
_DEPLOYER = {"deployers": [{"principalId": _ME}]}
_ENDPOINT = specimen(SERVERLESS_ENDPOINT, "endpoint")
_SUBSCRIBING = specimen(MARKETPLACE_SUBSCRIPTION, "subscription")
_SUBSCRIBED = specimen(
    MARKETPLACE_SUBSCRIPTION, "subscription", outputs={"properties": {"marketplaceSubscriptionStatus": "Subscribed"}}
)
_CREDENTIALS = "properties.credentials"
_VARIABLES = "properties.environmentVariables"


def _role(name: str, actions: list[str], **permission: Any) -> Resource:
    return specimen(
        ROLE_DEFINITION, name, {"roleDefinitionId": name, "permissions": [{"actions": actions, **permission}]}
    )


def _grant(name: str, role: str, scope: str, changes: dict[str, Any] | None = None, **fields: Any) -> Resource:
    given = {"principalId": _ME, "roleDefinitionId": f"{_DEFINITIONS}/{role}", "scope": scope}
    return specimen(ROLE_ASSIGNMENT, name, given | (changes or {}), **fields)


_ROLES = [
    _role("project-role", _IN_PROJECT),
    _role("group-role", list(_TAKES.resource_group)),
    _role("subscription-role", list(_TAKES.subscription)),
]
_IN_GROUP_AND_PROJECT = [_grant("in project", "project-role", PROJECT_ID), _grant("in group", "group-role", GROUP_ID)]
_AT_SUBSCRIPTION = _grant("at subscription", "subscription-role", _SUBSCRIPTION)
_OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

_GIVES_ROLES = _role("gives-roles", ["Microsoft.Authorization/roleAssignments/*"])
_TO_ONE = condition_to_grant([Grantable(_OWNER, (_ME,))])
_TO_ANYBODY = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEquals 'User'"

CASES = {
    "no-placeholder-principal": by_example(
        "no-placeholder-principal",
        bad=[
            ([_grant("same digits", _OWNER, GROUP_ID)], {"same digits": "principalId"}),
            *(
                ([_grant(why, _OWNER, GROUP_ID, {"principalId": nobody})], {why: "principalId"})
                for why, nobody in {
                    "to replace": "<object id of your pipeline>",
                    "of an example": "00000000-0000-0000-0000-00000000d3b1",
                    "of the sandbox": "C0FFEE00-0000-4000-8000-11A3A0000003",
                }.items()
            ),
        ],
    ),
    "role-giver-has-a-condition": Cases(
        good=[
            [_GIVES_ROLES, _grant("one", "gives-roles", GROUP_ID, {"condition": _TO_ONE, "conditionVersion": "2.0"})],
        ],
        bad=[
            ([_GIVES_ROLES, _grant("any", "gives-roles", GROUP_ID)], {"any": "condition"}),
            ([_grant("owner", _OWNER, GROUP_ID)], {"owner": "condition"}),
            ([_grant("wrong", _OWNER, GROUP_ID, {"condition": "anything"})], {"wrong": "condition"}),
            ([_grant("wide", _OWNER, GROUP_ID, {"condition": _TO_ANYBODY})], {"wide": "condition"}),
        ],
        unknown=[([_grant("later", _OWNER, GROUP_ID, {"condition": UNKNOWN})], {"later": "condition"})],
        not_applicable=[[_grant("reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", GROUP_ID)]],
    ),
    "deployer-can-deploy": Cases(
        options=_DEPLOYER,
        good=[
            [*_ROLES, *_IN_GROUP_AND_PROJECT, _AT_SUBSCRIPTION, _SUBSCRIBING, _ENDPOINT],
            # Once a project has subscribed, the rights at the subscription are not needed.
            [*_ROLES, *_IN_GROUP_AND_PROJECT, _SUBSCRIBED, _ENDPOINT],
            # A role at a scope holds below it.
            [_grant("owner", _OWNER, _SUBSCRIPTION), _SUBSCRIBING, _ENDPOINT],
            # A role that is known only by what it comes from.
            [
                _ROLES[0],
                _grant(
                    "by output",
                    "unused",
                    PROJECT_ID,
                    {"roleDefinitionId": UNKNOWN},
                    property_dependencies={"roleDefinitionId": (urn(ROLE_DEFINITION, "project-role"),)},
                ),
                *_ROLES[1:],
                _IN_GROUP_AND_PROJECT[1],
                _ENDPOINT,
            ],
        ],
        bad=[
            ([_ENDPOINT], {"stack": ""}),
            ([*_ROLES, *_IN_GROUP_AND_PROJECT, _SUBSCRIBING, _ENDPOINT], {"stack": ""}),
            ([*_ROLES, _IN_GROUP_AND_PROJECT[0], _ENDPOINT], {"stack": ""}),
            ([*_ROLES, _IN_GROUP_AND_PROJECT[1], _ENDPOINT], {"stack": ""}),
            # notActions take away from their own role.
            (
                [
                    _role("holey", ["*"], notActions=["Microsoft.SaaS/resources/write"]),
                    _grant("holey", "holey", _SUBSCRIPTION),
                    _ENDPOINT,
                ],
                {"stack": ""},
            ),
            # Azure AI Developer has no right to the resource that tracks the cost.
            ([_grant("developer", "64702f94-c441-49e6-a78b-ef80e0188fee", _SUBSCRIPTION), _ENDPOINT], {"stack": ""}),
            # Somebody else's rights are not mine, and those in another project are not in this one.
            ([_grant("other", _OWNER, _SUBSCRIPTION, {"principalId": _OTHER}), _ENDPOINT], {"stack": ""}),
            ([_grant("owner", _OWNER, f"{GROUP_ID}-other"), _ENDPOINT], {"stack": ""}),
        ],
        unknown=[
            ([_grant("unknown", _OWNER, _SUBSCRIPTION, {"scope": UNKNOWN}), _ENDPOINT], {"stack": "scope"}),
            (
                [_grant("unknown", _OWNER, _SUBSCRIPTION, {"principalId": UNKNOWN}), _ENDPOINT],
                {"stack": "principalId"},
            ),
            (
                [_grant("one", _OWNER, _SUBSCRIPTION), _grant("two", _OWNER, "/subscriptions/other"), _ENDPOINT],
                {"stack": "scope"},
            ),
        ],
        not_applicable=[[hub()]],
        configured=[
            ({}, [_ENDPOINT], {}),
            (
                {"deployers": [{"principalId": _ME, "maySubscribe": False}]},
                [*_ROLES, *_IN_GROUP_AND_PROJECT, _SUBSCRIBING, _ENDPOINT],
                {},
            ),
            (
                {**_DEPLOYER, "held": [{"principalId": _ME, "role": "Contributor", "scope": _SUBSCRIPTION}]},
                [_SUBSCRIBING, _ENDPOINT],
                {},
            ),
            (
                {**_DEPLOYER, "subscriptionId": "another"},
                [_grant("owner", _OWNER, _SUBSCRIPTION), _ENDPOINT],
                {"stack": ""},
            ),
        ],
    ),
    "no-broad-role-assignment": by_example(
        "no-broad-role-assignment",
        good={"custom": f"{_DEFINITIONS}/project-role"},
        bad=[
            ([_grant("owner", _OWNER.upper(), PROJECT_ID)], {"owner": "roleDefinitionId"}),
            (
                [specimen(ROLE_ELIGIBILITY, "eligible", {"roleDefinitionId": f"{_DEFINITIONS}/{_OWNER}"})],
                {"eligible": "roleDefinitionId"},
            ),
            (
                [_grant("grantor", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", PROJECT_ID)],
                {"grantor": "roleDefinitionId"},
            ),
        ],
        configured=[
            ({"roles": []}, [_grant("owner", _OWNER, PROJECT_ID)], {}),
            (
                {"roles": ["azure ai developer"]},
                [specimen(ROLE_ASSIGNMENT, "developer")],
                {"developer": "roleDefinitionId"},
            ),
        ],
    ),
    "no-secret-in-clear": by_example(
        "no-secret-in-clear",
        good={"empty": ""},
        bad=[
            (
                [specimen(ONLINE_DEPLOYMENT, "blue", {f"{_VARIABLES}.CONTENT_SAFETY_KEY": "0123"})],
                {"blue": f"{_VARIABLES}.CONTENT_SAFETY_KEY"},
            ),
            # The shape of a key tells it, whatever it is called.
            (
                [specimen(ONLINE_DEPLOYMENT, "blue", {f"{_VARIABLES}.MODEL_SOURCE": "hf_0000"})],
                {"blue": f"{_VARIABLES}.MODEL_SOURCE"},
            ),
            (
                [specimen(ONLINE_ENDPOINT, "online", {"properties.keys": {"primaryKey": "0123"}})],
                {"online": "properties.keys.primaryKey"},
            ),
            # Azure shows a tag to whoever may read, Pulumi secret or not.
            (
                [specimen(STORAGE_ACCOUNT, "st", {"tags.api-key": "0123"}, secret_paths=frozenset({"tags.api-key"}))],
                {"st": "tags.api-key"},
            ),
        ],
        not_applicable=[[specimen(STORAGE_ACCOUNT, "untagged", {"tags": None})]],
    ),
    "no-wildcard-role-definition": by_example(
        "no-wildcard-role-definition",
        path="permissions[0].actions[0]",
        good={"reader": [{"actions": ["*/read"]}]},
        bad=[
            ([_role("all", ["Microsoft.SaaS/register/action", "*"])], {"all": "permissions[0].actions[1]"}),
            ([_role("writes", ["*/write"])], {"writes": "permissions[0].actions[0]"}),
            (
                [_role("data", [], dataActions=["Microsoft.CognitiveServices/*"])],
                {"data": "permissions[0].dataActions[0]"},
            ),
        ],
    ),
    "deployer-has-no-excess": Cases(
        options=_DEPLOYER,
        good=[[*_ROLES, *_IN_GROUP_AND_PROJECT, _AT_SUBSCRIPTION]],
        bad=[
            (
                [
                    _role("more", [*_IN_PROJECT, "Microsoft.MachineLearningServices/workspaces/write"]),
                    _grant("grant", "more", PROJECT_ID),
                ],
                {"grant": "roleDefinitionId"},
            ),
            # What is needed in a project is too much at the subscription.
            ([_ROLES[0], _grant("wide", "project-role", _SUBSCRIPTION)], {"wide": "roleDefinitionId"}),
            ([_grant("owner", _OWNER, PROJECT_ID)], {"owner": "roleDefinitionId"}),
        ],
        unknown=[
            ([_grant("unknown", _OWNER, PROJECT_ID, {"roleDefinitionId": UNKNOWN})], {"unknown": "roleDefinitionId"}),
            ([_grant("unknown", _OWNER, PROJECT_ID, {"principalId": UNKNOWN})], {"unknown": "principalId"}),
        ],
        not_applicable=[[_grant("other", _OWNER, PROJECT_ID, {"principalId": _OTHER})]],
        configured=[
            ({**_DEPLOYER, "alsoNeeded": ["*"]}, [_grant("owner", _OWNER, PROJECT_ID)], {}),
        ],
    ),
    "workspace-managed-identity": by_example(
        "workspace-managed-identity",
        path="identity.type",
        bad=[([project(changes={"identity.type": "None"})], {"assistants": "identity.type"})],
        configured=[
            ({"userAssigned": True}, [hub(changes={"identity.type": "SystemAssigned,UserAssigned"})], {}),
            (
                {"userAssigned": True},
                [hub(changes={"identity.type": "SystemAssigned"})],
                {"hub-llama": "identity.type"},
            ),
        ],
    ),
    "foundry-managed-identity": by_example("foundry-managed-identity", path="identity.type"),
    "serverless-endpoint-entra-auth": by_example(
        "serverless-endpoint-entra-auth",
        bad=[
            (
                [specimen(SERVERLESS_ENDPOINT, "both", {"properties.authMode": "KeyAndAAD"})],
                {"both": "properties.authMode"},
            )
        ],
        configured=[
            ({"modes": ["AAD", "Key"]}, [specimen(SERVERLESS_ENDPOINT, "key", {"properties.authMode": "Key"})], {}),
        ],
    ),
    "online-endpoint-entra-auth": by_example(
        "online-endpoint-entra-auth",
        configured=[
            (
                {"modes": ["AMLToken"]},
                [specimen("azure-native:machinelearningservices:OnlineEndpoint", "aad")],
                {"aad": "properties.authMode"},
            )
        ],
    ),
    "workspace-datastores-by-identity": by_example("workspace-datastores-by-identity", not_applicable=[[project()]]),
    "connection-credentials-secret": Cases(
        good=[
            [specimen(WORKSPACE_CONNECTION, "key", secret_paths=frozenset({f"{_CREDENTIALS}.key"}))],
            [specimen(WORKSPACE_CONNECTION, "whole", secret_paths=frozenset({_CREDENTIALS}))],
            [specimen(FOUNDRY_CONNECTIONS[1], "own", secret_paths=frozenset({f"{_CREDENTIALS}.keys.token"}))],
            [specimen(WORKSPACE_CONNECTION, "redacted", {f"{_CREDENTIALS}.key": REDACTED})],
            [specimen(WORKSPACE_CONNECTION, "names", {_CREDENTIALS: {"clientId": "c", "resourceId": "r"}})],
        ],
        bad=[
            ([specimen(WORKSPACE_CONNECTION, "clear")], {"clear": f"{_CREDENTIALS}.key"}),
            ([specimen(FOUNDRY_CONNECTIONS[0], "account")], {"account": f"{_CREDENTIALS}.key"}),
            ([specimen(FOUNDRY_CONNECTIONS[1], "project")], {"project": f"{_CREDENTIALS}.keys.token"}),
        ],
        unknown=[([specimen(WORKSPACE_CONNECTION, "unknown", {_CREDENTIALS: UNKNOWN})], {"unknown": _CREDENTIALS})],
        not_applicable=[[specimen(WORKSPACE_CONNECTION, "by identity", {_CREDENTIALS: None})]],
    ),
    "compute-no-local-auth": by_example(
        "compute-no-local-auth",
        not_applicable=[[specimen(COMPUTE, "attached", {"properties.computeType": "Kubernetes"})]],
    ),
}
