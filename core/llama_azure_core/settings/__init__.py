"""What a stack asks for: the typed form of ``stacks/Pulumi.<stack>.yaml``, plain values only."""

from llama_azure_core.azure_enums import PrincipalType
from llama_azure_core.engine_values import LOCATION_KEY, NAMESPACE
from llama_azure_core.settings.hub import HubSettings, ManagedNetworkSettings, OutboundRuleSettings
from llama_azure_core.settings.managed import AutoscaleSettings, ManagedDeploymentSettings, ManagedEndpointSettings
from llama_azure_core.settings.parsing import SettingsError, parse_settings
from llama_azure_core.settings.project import ConnectionSettings, ProjectSettings
from llama_azure_core.settings.serverless import ServerlessSettings
from llama_azure_core.settings.stack import DeployerSettings, Settings
from llama_azure_core.settings.stack_file import Project, StackFile, from_engine
from llama_azure_core.settings.stack_text import StackText

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
    "Project",
    "ProjectSettings",
    "ServerlessSettings",
    "Settings",
    "SettingsError",
    "StackFile",
    "StackText",
    "from_engine",
    "parse_settings",
]
