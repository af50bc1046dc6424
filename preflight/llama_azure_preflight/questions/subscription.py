"""Questions about the subscription itself: its state, its providers, the caller's permissions, its quota."""

from dataclasses import dataclass

from llama_azure_core.rbac import Role
from llama_azure_core.regions import normalise_region
from llama_azure_preflight.azure import Azure
from llama_azure_preflight.questions.base import Question

_PERMISSIONS_API_VERSION = "2022-04-01"


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """What Azure tells of a subscription."""

    state: str
    """Enabled, Warned, PastDue, Disabled or Deleted."""
    quota_id: str
    """The offer, such as ``PayAsYouGo_2014-09-01``."""
    spending_limit: str
    """On, Off or CurrentPeriodOff."""


@dataclass(frozen=True)
class SubscriptionState(Question):
    """What kind of subscription it is, and whether it may be written to."""

    def ask(self, azure: Azure) -> SubscriptionFacts:
        """Return the subscription's state and policies."""
        found = azure.subscriptions.subscriptions.get(azure.subscription_id)
        policies = found.subscription_policies
        return SubscriptionFacts(
            state=_text(found.state),
            quota_id=_text(policies.quota_id if policies else None),
            spending_limit=_text(policies.spending_limit if policies else None),
        )


@dataclass(frozen=True)
class Provider(Question):
    """Whether the subscription is registered for a resource provider."""

    namespace: str

    def ask(self, azure: Azure) -> str:
        """Return the registration state: Registered, Registering, Unregistering or NotRegistered."""
        return _text(azure.resources.providers.get(self.namespace).registration_state)


@dataclass(frozen=True)
class TypeRegions(Question):
    """Where the subscription is offered a type of resource."""

    type: str

    def ask(self, azure: Azure) -> frozenset[str]:
        """Return the regions by their ARM names; none where Azure does not list the type."""
        namespace, _, short = self.type.partition("/")
        found = azure.resources.providers.get(namespace).resource_types or ()
        return frozenset(
            normalise_region(region)
            for one in found
            if (one.resource_type or "").casefold() == short.casefold()
            for region in one.locations or ()
        )


@dataclass(frozen=True)
class Permissions(Question):
    """What the caller may do at a scope: a subscription, a resource group or a resource."""

    scope: str

    def ask(self, azure: Azure) -> tuple[Role, ...]:
        """Return the permissions in the form that :mod:`llama_azure_core.rbac` judges, one role per entry."""
        path = f"{self.scope}/providers/Microsoft.Authorization/permissions"
        return tuple(
            Role(
                name="",
                id="",
                actions=tuple(entry.get("actions") or ()),
                not_actions=tuple(entry.get("notActions") or ()),
            )
            for entry in azure.list_by_path(path, _PERMISSIONS_API_VERSION)
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a quota is used."""

    used: int
    limit: int


@dataclass(frozen=True)
class Usages(Question):
    """The core quota of Azure Machine Learning in a region, and what everybody's deployments use of it."""

    region: str

    def ask(self, azure: Azure) -> dict[str, Usage]:
        """Return use and limit in cores, by :func:`family_key`."""
        found = {}
        for row in azure.machine_learning.usages.list(self.region):
            if row.name is not None and row.name.value is not None:
                found[family_key(row.name.value)] = Usage(int(row.current_value or 0), int(row.limit or 0))
        return found


def family_key(family: str) -> str:
    """Return a VM family in the one spelling to compare by: Azure's tables differ in case and in blanks."""
    return family.replace(" ", "").casefold()


def _text(value: object) -> str:
    """Return an enumeration's value, or text as it is; empty for nothing."""
    return "" if value is None else str(getattr(value, "value", value))
