"""Questions about Foundry resources: what a region offers, what is taken of it, and what Azure's policies say."""

from dataclasses import dataclass, field
from typing import Any

from llama_azure_core.models_api import MODELS_API_VERSION, PROVIDER, ListedModel, models_path, read_models
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, FOUNDRY_DEPLOYMENT, FOUNDRY_PROJECT, api_version
from llama_azure_preflight.azure import Azure
from llama_azure_preflight.questions.base import Question
from llama_azure_preflight.questions.names import NameAnswer

_POLICIES_API_VERSION = "2026-03-15-preview"
"""The first that evaluates policies for deployments (source S204)."""


@dataclass(frozen=True)
class FoundryModels(Question):
    """The models that a region lists for Foundry resources."""

    region: str

    def ask(self, azure: Azure) -> tuple[ListedModel, ...]:
        """Return every version of every model."""
        return read_models(azure.list_by_path(models_path(azure.subscription_id, self.region), MODELS_API_VERSION))


@dataclass(frozen=True, slots=True)
class CapacityUsage:
    """A counter of capacity."""

    used: int
    """What is being made and what is soft-deleted included."""
    limit: int
    scope: str
    """Regional, Global, DataZone or Classic; empty where Azure does not say."""


@dataclass(frozen=True)
class FoundryUsages(Question):
    """The counters of capacity in a region; those of the whole subscription stand in each."""

    region: str

    def ask(self, azure: Azure) -> dict[str, CapacityUsage]:
        """Return each counter by its name in lower case."""
        path = f"/subscriptions/{azure.subscription_id}/providers/{PROVIDER}/locations/{self.region}/usages"
        return {
            str(row["name"]["value"]).casefold(): CapacityUsage(
                int(row.get("currentValue") or 0), int(row.get("limit") or 0), str(row.get("scopeType") or "")
            )
            for row in azure.list_by_path(path, MODELS_API_VERSION)
        }


@dataclass(frozen=True, slots=True)
class FoundryDeployment:
    """A deployment that is there."""

    id: str
    model: str
    version: str
    sku: str
    capacity: int

    @property
    def name(self) -> str:
        """The deployment's name."""
        return name_of(self.id)


@dataclass(frozen=True)
class FoundryDeployments(Question):
    """The deployments of an account."""

    account_id: str

    def ask(self, azure: Azure) -> tuple[FoundryDeployment, ...]:
        """Return every deployment."""
        rows = azure.list_by_path(f"{self.account_id}/deployments", api_version(FOUNDRY_DEPLOYMENT))
        return tuple(_deployment(row) for row in rows)


@dataclass(frozen=True)
class FoundryProjects(Question):
    """The projects of an account."""

    account_id: str

    def ask(self, azure: Azure) -> tuple[str, ...]:
        """Return the id of each."""
        rows = azure.list_by_path(f"{self.account_id}/projects", api_version(FOUNDRY_PROJECT))
        return tuple(str(row["id"]) for row in rows)


@dataclass(frozen=True)
class Subdomain(Question):
    """Whether a custom subdomain is free in all of Azure."""

    name: str

    def ask(self, azure: Azure) -> NameAnswer:
        """Return Azure's answer."""
        path = f"/subscriptions/{azure.subscription_id}/providers/{PROVIDER}/checkDomainAvailability"
        asked = {"subdomainName": self.name, "type": AI_SERVICES_ACCOUNT}
        answer = azure.ask_by_path(path, MODELS_API_VERSION, asked)
        return NameAnswer(answer.get("isSubdomainAvailable") is True, str(answer.get("reason") or ""))


@dataclass(frozen=True, slots=True)
class DeletedAccount:
    """An account that is deleted and can be restored."""

    id: str
    """Of the deleted account, which is not the account's own."""
    region: str

    @property
    def name(self) -> str:
        """The account's name, which it holds."""
        return name_of(self.id)

    @property
    def group(self) -> str:
        """The resource group that it lay in."""
        return self.id.split("/")[-3]


@dataclass(frozen=True)
class DeletedAccounts(Question):
    """The accounts that are deleted and hold their names and their quota until they are purged."""

    def ask(self, azure: Azure) -> tuple[DeletedAccount, ...]:
        """Return every one."""
        path = f"/subscriptions/{azure.subscription_id}/providers/{PROVIDER}/deletedAccounts"
        rows = azure.list_by_path(path, MODELS_API_VERSION)
        return tuple(DeletedAccount(str(row["id"]), normalise_region(str(row.get("location") or ""))) for row in rows)


@dataclass(frozen=True, slots=True)
class WishedDeployment:
    """A deployment as it would be written, as far as policies look at it."""

    name: str
    format: str
    model: str
    version: str
    content_filter: str


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """What Azure's policies say of a deployment."""

    outcome: str
    """Compliant, NonCompliant or Error."""
    effects: dict[str, str] = field(default_factory=dict)
    """By the id of each assignment that it breaks, or of its definition: the effect, such as Deny or Audit."""


@dataclass(frozen=True)
class DeploymentPolicies(Question):
    """What Azure's policies would say of deployments that are not there yet."""

    account_id: str
    deployments: tuple[WishedDeployment, ...]

    def ask(self, azure: Azure) -> dict[str, PolicyVerdict]:
        """Return the verdict on each by its name."""
        wished = [
            {
                "name": one.name,
                "properties": {
                    "model": {"format": one.format, "name": one.model, "version": one.version},
                    "raiPolicyName": one.content_filter,
                },
            }
            for one in self.deployments
        ]
        path = f"{self.account_id}/evaluateDeploymentPolicies"
        answer = azure.ask_by_path(path, _POLICIES_API_VERSION, {"deployments": wished})
        return {name: _verdict(row) for name, row in (answer.get("results") or {}).items()}


def _deployment(row: Any) -> FoundryDeployment:
    sku, model = row.get("sku") or {}, (row.get("properties") or {}).get("model") or {}
    return FoundryDeployment(
        str(row["id"]),
        str(model.get("name") or ""),
        str(model.get("version") or ""),
        str(sku.get("name") or ""),
        int(sku.get("capacity") or 0),
    )


def _verdict(row: Any) -> PolicyVerdict:
    broken = row.get("nonCompliantAssignments") or ()
    effects = {
        str(one.get("policyAssignmentId") or one.get("policyDefinitionId")): str(one.get("effect") or "")
        for one in broken
    }
    return PolicyVerdict(str(row.get("evaluationOutcome") or ""), effects)
