"""Words that Azure Resource Manager takes as values, spelled as Azure spells them."""

from enum import StrEnum


class IsolationMode(StrEnum):
    """How far a hub's managed network lets its compute reach out."""

    DISABLED = "Disabled"
    ALLOW_INTERNET_OUTBOUND = "AllowInternetOutbound"
    ALLOW_ONLY_APPROVED_OUTBOUND = "AllowOnlyApprovedOutbound"


class StorageSku(StrEnum):
    """How often a storage account keeps what is in it, and where."""

    LOCALLY_REDUNDANT = "Standard_LRS"
    ZONE_REDUNDANT = "Standard_ZRS"
    GEO_REDUNDANT = "Standard_GRS"
    GEO_AND_ZONE_REDUNDANT = "Standard_GZRS"


class StorageSubresource(StrEnum):
    """What of a storage account a private endpoint leads to."""

    BLOB = "blob"
    FILE = "file"
    QUEUE = "queue"
    TABLE = "table"
    DFS = "dfs"


class ServerlessAuthMode(StrEnum):
    """How callers of a serverless endpoint sign in."""

    KEY = "Key"
    AAD = "AAD"
    KEY_AND_AAD = "KeyAndAAD"


class ManagedAuthMode(StrEnum):
    """How callers of an online endpoint sign in."""

    KEY = "Key"
    AML_TOKEN = "AMLToken"  # noqa: S105 - a mode, not a token
    AAD_TOKEN = "AADToken"  # noqa: S105


class PrincipalType(StrEnum):
    """What a role is assigned to. Azure asks for it where the principal may be new to the directory."""

    USER = "User"
    GROUP = "Group"
    SERVICE_PRINCIPAL = "ServicePrincipal"


class VersionUpgradeOption(StrEnum):
    """When Azure gives a deployment of a Foundry resource another version of its model."""

    NO_AUTO_UPGRADE = "NoAutoUpgrade"
    ONCE_CURRENT_VERSION_EXPIRED = "OnceCurrentVersionExpired"
    ONCE_NEW_DEFAULT_VERSION_AVAILABLE = "OnceNewDefaultVersionAvailable"


class Severity(StrEnum):
    """The severity from which a content filter holds something back: Low is the strictest."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


class FilterSide(StrEnum):
    """What of a conversation a content filter looks at."""

    PROMPT = "Prompt"
    COMPLETION = "Completion"


class FilterMode(StrEnum):
    """When a content filter judges a completion: before it is sent, or while it is."""

    DEFAULT = "Default"
    DEFERRED = "Deferred"
    BLOCKING = "Blocking"
    ASYNCHRONOUS = "Asynchronous_filter"


class GatewayAccess(StrEnum):
    """From where a gateway is reached."""

    PRIVATE = "private"
    """From its virtual network, and those peered with it."""
    PUBLIC = "public"
    """From everywhere, by callers that sign in with Microsoft Entra ID."""
