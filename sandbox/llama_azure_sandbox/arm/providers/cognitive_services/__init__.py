"""Microsoft.CognitiveServices: accounts, those of kind AIServices being Foundry resources, and what lies in them."""

from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.cognitive_services.account_paths import ACCOUNT_PATHS
from llama_azure_sandbox.arm.providers.cognitive_services.accounts import Account
from llama_azure_sandbox.arm.providers.cognitive_services.catalogue import CATALOGUE_PATHS
from llama_azure_sandbox.arm.providers.cognitive_services.children import AccountChild, CapabilityHost, EncryptionScope
from llama_azure_sandbox.arm.providers.cognitive_services.connections import FoundryConnection
from llama_azure_sandbox.arm.providers.cognitive_services.content_filters import (
    CONTENT_FILTER_PATHS,
    Blocklist,
    BlocklistItem,
    ContentFilter,
)
from llama_azure_sandbox.arm.providers.cognitive_services.deployments import Deployment
from llama_azure_sandbox.arm.providers.cognitive_services.projects import Project

COGNITIVE_SERVICES_PATHS: tuple[PathRow, ...] = (*ACCOUNT_PATHS, *CATALOGUE_PATHS, *CONTENT_FILTER_PATHS)

__all__ = [
    "COGNITIVE_SERVICES_PATHS",
    "Account",
    "AccountChild",
    "Blocklist",
    "BlocklistItem",
    "CapabilityHost",
    "ContentFilter",
    "Deployment",
    "EncryptionScope",
    "FoundryConnection",
    "Project",
]
