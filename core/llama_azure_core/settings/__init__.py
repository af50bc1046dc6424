"""What a stack asks for: the typed form of ``stacks/Pulumi.<stack>.yaml``, plain values only."""

from llama_azure_core.settings._section import PrincipalType
from llama_azure_core.settings.hub import HubSettings, ManagedNetworkSettings, OutboundRuleSettings
from llama_azure_core.settings.managed import AutoscaleSettings, ManagedDeploymentSettings, ManagedEndpointSettings
from llama_azure_core.settings.parsing import LOCATION_KEY, NAMESPACE, SettingsError, parse_settings
from llama_azure_core.settings.project import ConnectionSettings, ProjectSettings
from llama_azure_core.settings.serverless import ServerlessSettings
from llama_azure_core.settings.stack import DeployerSettings, Settings

__all__ = [
    "LOCATION_KEY",
    "NAMESPACE",
    "AutoscaleSettings",
    "ConnectionSettings",
    "DeployerSettings",
    "HubSettings",
    "ManagedDeploymentSettings",
    "ManagedEndpointSettings",
    "ManagedNetworkSettings",
    "OutboundRuleSettings",
    "PrincipalType",
    "ProjectSettings",
    "ServerlessSettings",
    "Settings",
    "SettingsError",
    "parse_settings",
]
