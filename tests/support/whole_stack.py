"""A stack in which every setting is set, and another value for each: for tests that ask what a setting does."""

from collections.abc import Iterator
from typing import Any

RESOURCE = "/subscriptions/s/resourceGroups/rg-shared/providers"
WORKSPACES = f"{RESOURCE}/Microsoft.MachineLearningServices/workspaces"
IDENTITY = f"{RESOURCE}/Microsoft.ManagedIdentity/userAssignedIdentities"
GUID = "00000000-0000-0000-0000-00000000000{}"
VM_SIZES = ("Standard_NC48ads_A100_v4", "Standard_NC96ads_A100_v4")

Config = dict[str, Any]
"""A configuration by the settings' own keys, ``location`` among them."""


def deployment(**changes: Any) -> Config:
    probe = {"initialDelaySeconds": 10, "periodSeconds": 20, "timeoutSeconds": 3, "failureThreshold": 4}
    return {
        "model": "Llama-2-7b-chat",
        "version": "27",
        "vmSize": VM_SIZES[0],
        "instances": 2,
        "traffic": 100,
        "collectData": False,
        "requestTimeoutSeconds": 90,
        "concurrentRequests": 10,
        "queueWaitSeconds": 30,
        "livenessProbe": probe,
        "readinessProbe": probe,
        "publicNetworkEgress": False,
        "environmentVariables": {"ONE": "1"},
        "autoscale": {"minimum": 1, "maximum": 5, "scaleOutPercent": 60, "scaleInPercent": 20},
        "contentSafety": {
            "account": f"{RESOURCE}/Microsoft.CognitiveServices/accounts/guard",
            "identityClientId": GUID.format(1),
            "threshold": 3,
        },
        **changes,
    }


def own_stack() -> Config:
    """A stack that makes its hub and its project."""
    return {
        "location": "eastus2",
        "asOf": "2024-07-01",
        "resourceGroup": "rg-llama",
        "existingResourceGroup": False,
        "existingDeployerRoles": False,
        "keysVault": f"{RESOURCE}/Microsoft.KeyVault/vaults/endpoint-keys",
        "tags": {"owner": "platform"},
        "deletionProtection": False,
        "hub": {
            "name": "hub-llama",
            "containerRegistryName": "crllama",
            "keyVaultName": "kv-llama-own",
            "friendlyName": "Llama",
            "publicNetworkAccess": True,
            "resourcesPublicNetworkAccess": False,
            "allowedAddresses": ["203.0.113.0/24"],
            "purgeProtection": True,
            "vaultRetentionDays": 30,
            "blobRetentionDays": 7,
            "storageAccountSku": "Standard_ZRS",
            "logRetentionDays": 60,
            "locks": True,
            "managedNetwork": {
                "isolationMode": "AllowInternetOutbound",
                "provisionNow": True,
                "approveConnections": True,
                "outboundRules": {
                    "pypi": {"fqdn": "packages.example.com"},
                    "store": {
                        "privateEndpoint": f"{RESOURCE}/Microsoft.Storage/storageAccounts/store",
                        "subresource": "blob",
                    },
                },
            },
            "encryption": {
                "keyVault": f"{RESOURCE}/Microsoft.KeyVault/vaults/keys",
                "keyIdentifier": "https://keys.example/keys/one/1",
                "identity": f"{IDENTITY}/hub",
                "identityClientId": GUID.format(3),
                "resources": True,
            },
            "diagnostics": True,
            "resourceDiagnostics": True,
        },
        "network": {
            "virtualNetworkName": "vnet-llama",
            "addressSpace": "10.20.0.0/24",
            "subnetAddressPrefix": "10.20.0.0/26",
            "privateDnsZones": [f"{RESOURCE}/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"],
            "linkExistingZones": True,
            "storageSubresources": ["blob", "queue"],
        },
        "budget": {
            "amount": 100,
            "name": "llama",
            "startDate": "2024-07-01",
            "contactEmails": ["llama@example.com"],
            "contactRoles": ["Contributor"],
            "alertPercents": [50],
            "forecastPercent": 90,
        },
        "deployers": {
            "ci": {
                "principalId": GUID.format(2),
                "principalType": "User",
                "maySubscribe": False,
                "mayRunPreflight": False,
            }
        },
        "projects": {
            "assistants": {
                "name": "assistants-project",
                "friendlyName": "Assistants",
                "publicNetworkAccess": True,
                "subscriptions": ["Llama-2-70b-chat"],
                "serverless": [
                    {
                        "model": "Meta-Llama-3-8B-Instruct",
                        "name": "llama-8b",
                        "authMode": "Key",
                        "contentSafety": True,
                        "subscribe": True,
                        "expectedTokensPerDay": {"input": 3_000_000, "output": 1_000_000},
                    },
                    {"model": "Meta-Llama-3-70B-Instruct", "name": "llama-70b"},
                ],
                "managed": {
                    "chat": {
                        "name": "llama-chat",
                        "authMode": "Key",
                        "publicNetworkAccess": True,
                        "sharedQuota": False,
                        "description": "for tests",
                        "expectedTokensPerDay": {"input": 2_000_000, "output": 500_000},
                        "identity": f"{IDENTITY}/chat",
                        "deployments": {"blue": deployment(), "green": deployment(traffic=0, mirror=10)},
                    }
                },
            },
            "search": {"connections": {"llama": {"endpoint": "llama-8b", "sharedToAll": False}}},
        },
    }


def shared_stack() -> Config:
    """A stack that uses what exists already."""
    existing = {
        "storageAccount": f"{RESOURCE}/Microsoft.Storage/storageAccounts/store",
        "keyVault": f"{RESOURCE}/Microsoft.KeyVault/vaults/vault",
        "applicationInsights": f"{RESOURCE}/Microsoft.Insights/components/appi",
        "logAnalyticsWorkspace": f"{RESOURCE}/Microsoft.OperationalInsights/workspaces/log",
        "containerRegistry": f"{RESOURCE}/Microsoft.ContainerRegistry/registries/cr",
    }
    red = deployment(traffic=10)
    others = {"blue": 90}
    red.pop("contentSafety")
    return {
        "location": "eastus2",
        "asOf": "2024-07-01",
        "resourceGroup": "rg-llama",
        "hub": {"name": "hub-llama", "diagnostics": True, **existing},
        "network": {
            "subnet": f"{RESOURCE}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints",
            "dnsByPolicy": True,
        },
        "projects": {
            "found": {
                "existing": f"{WORKSPACES}/found",
                "managed": {"chat": {"existing": "llama-chat", "otherTraffic": others, "deployments": {"red": red}}},
            }
        },
    }


def guest_stack() -> Config:
    """A stack in a hub that exists already."""
    return {
        "location": "eastus2",
        "asOf": "2024-07-01",
        "resourceGroup": "rg-llama",
        "profile": "development",
        "hub": {"existing": f"{WORKSPACES}/hub"},
        "projects": {"assistants": {"serverless": [{"model": "Meta-Llama-3-8B-Instruct"}]}},
    }


def foundry_stack() -> Config:
    """A stack that makes a Foundry resource, and no hub."""
    subnet = f"{RESOURCE}/Microsoft.Network/virtualNetworks/vnet/subnets/models"
    return {
        "location": "eastus2",
        "asOf": "2026-11-28",
        "resourceGroup": "rg-llama",
        "foundry": {
            "name": "ai-llama",
            "localAuth": False,
            "restore": False,
            "purgeOnDelete": False,
            "publicNetworkAccess": True,
            "privateEndpoint": {
                "subnet": subnet,
                "dnsZones": [f"{RESOURCE}/Microsoft.Network/privateDnsZones/privatelink.services.ai.azure.com"],
            },
            "allowedFqdns": ["packages.example.com"],
            "identity": f"{IDENTITY}/models",
            "encryption": {
                "keyVault": f"{RESOURCE}/Microsoft.KeyVault/vaults/keys",
                "keyIdentifier": "https://keys.example/keys/one/1",
            },
            "logAnalyticsWorkspace": f"{RESOURCE}/Microsoft.OperationalInsights/workspaces/log",
            "callers": {"app": {"principalId": GUID.format(3), "principalType": "User"}},
            "contentFilters": {
                "strict": {
                    "mode": "Blocking",
                    "base": "Microsoft.Default",
                    "categories": {"Hate": {"Prompt": {"severity": "Medium", "blocking": True, "enabled": True}}},
                    "blocklists": {"names": {"words": ["Voldemort"], "sides": ["Prompt"]}},
                }
            },
        },
        "alerts": {
            "enabled": True,
            "name": "on-call",
            "emails": ["on-call@example.com"],
            "webhooks": {"chat": "https://chat.example/hook"},
            "contactRoles": ["Contributor"],
            "rules": ["errors", "throttled", "latency", "tokens", "modelEnd"],
            "errorsPerMinute": 2,
            "throttledPerMinute": 3,
            "latencyMilliseconds": 20000,
            "tokenPercent": 70,
            "modelEndDays": 30,
        },
        "projects": {
            "assistants": {
                "name": "assistants-project",
                "friendlyName": "Assistants",
                "callers": {"agent": {"principalId": GUID.format(4), "principalType": "ServicePrincipal"}},
                "endpoints": {
                    "chat": {
                        "model": "Llama-3.3-70B-Instruct",
                        "backEnd": "foundry",
                        "expectedTokensPerDay": {"input": 10_000_000, "output": 2_000_000},
                        "foundry": {
                            "name": "chat-one",
                            "version": "9",
                            "versionUpgradeOption": "NoAutoUpgrade",
                            "sku": "GlobalStandard",
                            "capacity": 20,
                            "contentFilter": "strict",
                        },
                    }
                },
            }
        },
    }


def moving_stack() -> Config:
    """A stack whose endpoints are on two back ends of a hub, and whose Foundry resource is there already."""
    return {
        "location": "eastus2",
        "asOf": "2026-03-01",
        "resourceGroup": "rg-llama",
        "hub": {"existing": f"{WORKSPACES}/hub"},
        "foundry": {
            "existing": f"{RESOURCE}/Microsoft.CognitiveServices/accounts/there",
            "callers": {"app": {"principalId": GUID.format(3), "principalType": "ServicePrincipal"}},
        },
        "projects": {
            "assistants": {
                "endpoints": {
                    "chat": {
                        "model": "Llama-3.3-70B-Instruct",
                        "backEnd": "serverless",
                        "alsoOn": ["foundry"],
                        "serverless": {"name": "chat-api", "authMode": "Key", "contentSafety": True, "subscribe": True},
                    },
                    "batch": {
                        "model": "Llama-3.3-70B-Instruct",
                        "backEnd": "managed",
                        "managed": {
                            "name": "batch-endpoint",
                            "deployments": {"blue": {"vmSize": VM_SIZES[0], "traffic": 100}},
                        },
                    },
                }
            }
        },
    }


def guarded_stack() -> Config:
    """A stack whose Foundry resource lets listed callers in alone."""
    return {
        "location": "eastus2",
        "asOf": "2026-11-28",
        "resourceGroup": "rg-llama",
        "foundry": {
            "name": "ai-llama",
            "allowedAddresses": ["203.0.113.7"],
            "allowedSubnets": [f"{RESOURCE}/Microsoft.Network/virtualNetworks/vnet/subnets/callers"],
        },
        "alerts": {"actionGroup": f"{RESOURCE}/Microsoft.Insights/actionGroups/on-call"},
    }


def spread_stack() -> Config:
    """A stack whose endpoints are asked for more than one deployment serves."""
    return {
        "location": "eastus2",
        "asOf": "2024-07-01",
        "resourceGroup": "rg-llama",
        "hub": {"name": "hub-llama"},
        "litellm": {
            "fallbacks": {"Llama-2-7b-chat": ["Meta-Llama-3-8B-Instruct"]},
            "database": True,
            "redis": True,
            "redisTls": True,
            "keysFromVault": False,
            "marginPercent": 5,
        },
        "projects": {
            "assistants": {
                "endpoints": {
                    "chat": {
                        "model": "Meta-Llama-3-8B-Instruct",
                        "backEnd": "serverless",
                        "capacity": {"tokensPerMinute": 400_000, "requestsPerMinute": 2000, "retiring": 1},
                    },
                    "batch": {
                        "model": "Llama-2-7b-chat",
                        "backEnd": "managed",
                        "capacity": {"tokensPerMinute": 90, "perInstance": {"tokensPerMinute": 9}},
                        "managed": {"deployments": {"blue": {"vmSize": VM_SIZES[0], "traffic": 100}}},
                    },
                    "bulk": {
                        "model": "Llama-2-7b-chat",
                        "backEnd": "managed",
                        "capacity": {"requestsPerMinute": 90, "perInstance": {"requestsPerMinute": 9}},
                        "managed": {"deployments": {"blue": {"vmSize": VM_SIZES[0], "traffic": 100}}},
                    },
                }
            }
        },
    }


def fronted_stack() -> Config:
    """A stack that makes a gateway, and is behind an API Management service too."""
    return {
        "location": "eastus2",
        "asOf": "2026-11-28",
        "resourceGroup": "rg-llama",
        "network": {"addressSpace": "10.20.0.0/24", "subnetAddressPrefix": "10.20.0.0/26"},
        "gateway": {
            "name": "gateway",
            "access": "private",
            "subnetAddressPrefix": "10.20.0.64/27",
            "image": "ghcr.io/berriai/litellm:v1",
            "replicas": {"minimum": 3, "maximum": 5, "concurrentRequests": 20, "cpu": 1.0},
            "zoneRedundant": False,
            "database": {
                "name": "psql-llama",
                "databaseName": "gateway",
                "sku": "Standard_D2ds_v5",
                "storageGb": 64,
                "highAvailability": True,
                "backupRetentionDays": 14,
            },
            "redis": {"name": "redis-llama", "sku": "Balanced_B1", "highAvailability": True},
            "logAnalyticsWorkspace": f"{RESOURCE}/Microsoft.OperationalInsights/workspaces/log",
            "teams": {
                "search": {
                    "models": ["Llama-3.3-70B-Instruct"],
                    "tokensPerMinute": 1000,
                    "requestsPerMinute": 10,
                    "budget": 100,
                    "budgetDuration": "30d",
                }
            },
        },
        "apiManagement": {
            "service": f"{RESOURCE}/Microsoft.ApiManagement/service/apim",
            "apiName": "llama",
            "path": "models/llama",
            "tokensPerMinute": 1000,
            "subscriptions": ["search"],
            "circuitBreaker": {"failures": 2, "intervalSeconds": 10, "tripSeconds": 20},
        },
        "projects": {
            "assistants": {
                "endpoints": {
                    "chat": {"model": "Llama-3.3-70B-Instruct", "backEnd": "foundry"},
                    "vision": {"model": "Llama-4-Maverick-17B-128E-Instruct-FP8", "backEnd": "foundry"},
                }
            }
        },
    }


def fronted_guest_stack() -> Config:
    """A stack whose gateway stands on what is there already, and is reached from everywhere."""
    network = f"{RESOURCE}/Microsoft.Network/virtualNetworks/vnet/subnets"
    return {
        "location": "eastus2",
        "asOf": "2026-11-28",
        "resourceGroup": "rg-llama",
        "network": {"subnet": f"{network}/endpoints", "dnsByPolicy": True},
        "gateway": {
            "access": "public",
            "signIn": {"clientId": GUID.format(4), "allowedAudiences": ["api://gateway"]},
            "subnet": f"{network}/gateway",
            "database": {
                "existing": f"{RESOURCE}/Microsoft.DBforPostgreSQL/flexibleServers/psql",
                "databaseName": "gateway",
                "user": "gateway",
            },
            "redis": {"existing": f"{RESOURCE}/Microsoft.Cache/redisEnterprise/redis"},
            "keyVault": f"{RESOURCE}/Microsoft.KeyVault/vaults/vault",
        },
        "projects": {"assistants": {"endpoints": {"chat": {"model": "Llama-3.3-70B-Instruct", "backEnd": "foundry"}}}},
    }


def parted_stack() -> Config:
    """A stack that deploys a part of what another stack's file describes."""
    llama = {"serverless": [{"model": "Meta-Llama-3-8B-Instruct"}]}
    return {
        "location": "eastus2",
        "asOf": "2024-07-01",
        "resourceGroup": "rg-llama",
        "hub": {"existing": f"{WORKSPACES}/hub"},
        "projects": {"first": llama, "first9": llama},
        "stacks": {"test": ["first"]},
        "partOf": "whole",
    }


def config_of(stack: Config) -> Config:
    """Return a stack in the form of its file."""
    return {"azure-native:location" if key == "location" else f"llama-azure:{key}": v for key, v in stack.items()}


OTHER: dict[str, Any] = {
    "location": "swedencentral",
    "asOf": "2024-07-02",
    "vmSize": VM_SIZES[1],
    "isolationMode": "AllowOnlyApprovedOutbound",
    "principalType": "Group",
    "subscriptions": "Llama-2-13b-chat",
    "endpoint": "llama-70b",
    "mode": "Deferred",
    "severity": "Low",
    "sides": "Completion",
    "versionUpgradeOption": "OnceCurrentVersionExpired",
    "contentFilter": "Microsoft.Default",
    "allowedAddresses": "203.0.113.8",
    "sku": "GlobalProvisionedManaged",
    "storageAccountSku": "Standard_GRS",
    "profile": "protected",
    "addressSpace": "10.20.0.0/23",
    "subnetAddressPrefix": "10.20.0.0/27",
    "privateDnsZones": f"{RESOURCE}/Microsoft.Network/privateDnsZones/privatelink.api.azureml.ms",
    "startDate": "2024-08-01",
    "contactEmails": "others@example.com",
    "fallbacks": "Llama-2-7b-chat",
    "emails": "others@example.com",
    "contactRoles": "Reader",
    "rules": "quota",
}
"""By the name of a setting: another value, where it is not any other of its kind."""


OF_ONE_VALUE = {
    ("version", "9"): "5",
    ("asOf", "2026-11-28"): "2026-11-27",
    ("asOf", "2026-03-01"): "2026-03-02",
    ("subnetAddressPrefix", "10.20.0.64/27"): "10.20.0.96/27",
    ("sku", "Standard_D2ds_v5"): "Standard_D4ds_v5",
    ("sku", "Balanced_B1"): "Balanced_B3",
    ("cpu", 1.0): 0.5,
    ("budgetDuration", "30d"): "60d",
    ("models", "Llama-3.3-70B-Instruct"): "Llama-4-Maverick-17B-128E-Instruct-FP8",
}
"""By name and value of a setting: another value."""


def changed(name: str, value: Any) -> Any:
    """Return another value that a setting may have."""
    if name == "model":
        if value == "Llama-3.3-70B-Instruct":
            return "Llama-4-Maverick-17B-128E-Instruct-FP8"
        return next(one for one in ("Meta-Llama-3-70B-Instruct", "Meta-Llama-3-8B-Instruct") if one != value)
    if (name, value) in OF_ONE_VALUE:
        return OF_ONE_VALUE[name, value]
    if name in OTHER:
        return OTHER[name]
    if name == "storageSubresources":
        return "table"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    text = str(value)
    if text.startswith("00000000-"):
        return GUID.format(9)
    return f"{text}9" if not text.isdecimal() else str(int(text) + 1)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to every value of a stack that is neither a mapping nor a list."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from leaves(one, (*path, index))
    else:
        yield path
