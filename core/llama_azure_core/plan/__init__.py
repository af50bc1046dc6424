"""What a stack's settings come to: every resource by its final name and id, what it needs, uses and costs. Pure.

Components build a plan's items, preflight asks Azure about them, pipelines and tests read them; nobody else interprets
settings. A back end is one module here, which turns its part of a project's settings into endpoints, and one module of
``llama_azure.estate``, which declares them.
"""

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.plan.build import plan
from llama_azure_core.plan.items import (
    Alert,
    AlertKind,
    Alerts,
    ApiManagement,
    Budget,
    Connection,
    ContentFilter,
    DeployerScopes,
    Deployment,
    Endpoint,
    FoundryAccount,
    FoundryProject,
    Gateway,
    Hub,
    Network,
    Offer,
    Owner,
    Project,
    Resource,
    Workbook,
)
from llama_azure_core.plan.of_stack import plan_of_stack
from llama_azure_core.plan.places import places
from llama_azure_core.plan.rights import Rights, deployer_roles_before, rights
from llama_azure_core.plan.stack import Plan, Usage
from llama_azure_core.plan.traffic import with_traffic

__all__ = [
    "Alert",
    "AlertKind",
    "Alerts",
    "ApiManagement",
    "BackEnd",
    "Budget",
    "Connection",
    "ContentFilter",
    "DeployerScopes",
    "Deployment",
    "Endpoint",
    "FoundryAccount",
    "FoundryProject",
    "Gateway",
    "Hub",
    "Network",
    "Offer",
    "Owner",
    "Plan",
    "Project",
    "Resource",
    "Rights",
    "Usage",
    "Workbook",
    "deployer_roles_before",
    "places",
    "plan",
    "plan_of_stack",
    "rights",
    "with_traffic",
]
