"""How data at rest is kept."""

from llama_guardrails.resource_types import CONTAINER_REGISTRY, KEY_VAULT, STORAGE_ACCOUNT
from llama_guardrails.view import UNKNOWN
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import project, specimen


def _closed(kind: str, access: str, acls: str) -> Cases:
    """Return the cases of a rule that either closes public access or lists who may come."""
    opened = {access: "Enabled", acls: None}
    return Cases(
        good=[
            [specimen(kind, "closed", {acls: None})],
            [specimen(kind, "listed", {access: "Enabled"})],
        ],
        bad=[
            ([specimen(kind, "open", opened)], {"open": access}),
            ([specimen(kind, "silent", {access: None, acls: None})], {"silent": access}),
        ],
        unknown=[([specimen(kind, "unknown", {access: UNKNOWN})], {"unknown": access})],
    )


CASES = {
    "workspace-customer-managed-key": by_example("workspace-customer-managed-key", not_applicable=[[project()]]),
    "storage-no-anonymous-access": by_example(
        "storage-no-anonymous-access",
        bad=[
            (
                [specimen(STORAGE_ACCOUNT, "silent", {"allowBlobPublicAccess": None})],
                {"silent": "allowBlobPublicAccess"},
            )
        ],
    ),
    "storage-no-shared-key": by_example(
        "storage-no-shared-key",
        bad=[
            ([specimen(STORAGE_ACCOUNT, "silent", {"allowSharedKeyAccess": None})], {"silent": "allowSharedKeyAccess"})
        ],
    ),
    "storage-encrypted-transport": by_example(
        "storage-encrypted-transport",
        good={"newer": "TLS1_3"},
        bad=[
            (
                [specimen(STORAGE_ACCOUNT, "http", {"enableHttpsTrafficOnly": False})],
                {"http": "enableHttpsTrafficOnly"},
            )
        ],
    ),
    "storage-network-closed": _closed(STORAGE_ACCOUNT, "publicNetworkAccess", "networkRuleSet"),
    "vault-network-closed": _closed(KEY_VAULT, "properties.publicNetworkAccess", "properties.networkAcls"),
    "registry-no-admin-user": by_example(
        "registry-no-admin-user",
        bad=[
            (
                [specimen(CONTAINER_REGISTRY, "anybody", {"anonymousPullEnabled": True})],
                {"anybody": "adminUserEnabled"},
            )
        ],
    ),
}
