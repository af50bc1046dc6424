"""The Foundry resource of a stack: an account that the stack makes, or one that is there."""

import ipaddress
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from llama_azure_core.azure_enums import FilterMode, FilterSide, PrincipalType, Severity
from llama_azure_core.foundry import account_facts, filter_categories
from llama_azure_core.frozen import Frozen
from llama_azure_core.resource_ids import ResourceId as Parsed
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_core.settings._section import (
    BlocklistName,
    ContentFilterName,
    FoundryAccountName,
    ObjectId,
    ResourceId,
)


def _address(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(
            f"{value!r} is neither an address nor a range of addresses: write 203.0.113.7 or 203.0.113.0/24"
        ) from None
    return value


def _known_category(value: str) -> str:
    if value not in filter_categories():
        raise ValueError(f"{value!r} is not a category of a content filter: use {', '.join(filter_categories())}")
    return value


Address = Annotated[str, AfterValidator(_address)]
Category = Annotated[str, AfterValidator(_known_category)]


class CallerSettings(Frozen):
    """Somebody who may call the deployments with a token of Microsoft Entra ID."""

    principal_id: ObjectId
    """Required. The object id of the user, group or service principal."""
    principal_type: PrincipalType
    """Required. User, Group or ServicePrincipal."""


class FoundryEncryptionSettings(Frozen):
    """A key of one's own that encrypts the account."""

    key_vault: ResourceId
    """Required. The resource id of the key vault that holds the key; the account's identity is given the right to use
    its keys."""
    key_identifier: str = Field(pattern=r"^https://[^/]+/keys/[^/]+/[^/]+$")
    """Required. The key's URI, with its version."""


class PrivateEndpointSettings(Frozen):
    """An address of the account in a virtual network."""

    subnet: ResourceId
    """Required. The resource id of the subnet."""
    dns_zones: tuple[ResourceId, ...] = ()
    """Optional. The resource ids of the private DNS zones that get its names. Default: none."""


class FilterSettings(Frozen):
    """What a content filter does about one category on one side."""

    severity: Severity | None = None
    """Conditional. The severity from which something is held back: Low (the strictest), Medium or High. Only of
    categories that have severities. Default: Medium."""
    blocking: bool = True
    """Optional. Whether it is held back; otherwise it is only marked. Default: true."""
    enabled: bool = True
    """Optional. Whether it is looked for at all. Default: true."""


class BlocklistSettings(Frozen):
    """Words that a content filter blocks."""

    words: tuple[str, ...] = Field(min_length=1)
    """Required. The words; each blocks wherever it occurs."""
    sides: tuple[FilterSide, ...] = (FilterSide.PROMPT, FilterSide.COMPLETION)
    """Optional. Prompt, Completion, or both. Default: both."""


class ContentFilterSettings(Frozen):
    """A content filter of the account, which deployments name."""

    mode: FilterMode = FilterMode.BLOCKING
    """Optional. Blocking, Default, Deferred or Asynchronous_filter. Default: Blocking."""
    base: str = account_facts().default_content_filter
    """Optional. The content filter whose categories hold where this one says nothing. Default: Microsoft.DefaultV2."""
    categories: dict[Category, dict[FilterSide, FilterSettings]] = Field(default_factory=dict)
    """Optional. By category (Hate, Sexual, Violence, Selfharm, Jailbreak, …) and side (Prompt, Completion)."""
    blocklists: dict[BlocklistName, BlocklistSettings] = Field(default_factory=dict)
    """Optional. By a name that no other filter of the account has: words that are blocked."""

    @model_validator(mode="after")
    def _sides_and_severities_exist(self) -> Self:
        for name, sides in self.categories.items():
            known = filter_categories()[name]
            for side, one in sides.items():
                if side not in known.sides:
                    raise ValueError(f"{name} is looked for in the {' and the '.join(known.sides)} only: remove {side}")
                if one.severity is not None and not known.has_severity:
                    raise ValueError(f"{name} has no severities: remove severity")
        return self


class FoundrySettings(Frozen):
    """The Foundry resource. It is made with these defaults where an endpoint needs it and the section is not there."""

    name: FoundryAccountName | None = None
    """Optional. The name of the account that the stack makes, and its custom subdomain: 2 to 64 letters, digits and
    hyphens, unique in Azure. Default: derived from the resource group's name."""
    existing: ResourceId | None = None
    """Optional. The resource id of an account that is there; the stack deploys in it and never changes it."""
    local_auth: bool = False
    """Optional. Whether callers may sign in with a key. Default: false, only with Microsoft Entra ID."""
    restore: bool = False
    """Optional. Whether a soft-deleted account of this name is restored, with what was in it. Default: false; Azure
    then refuses the name until the account is purged."""
    purge_on_delete: bool = False
    """Optional. Whether what is left of the account is purged after the stack has deleted it, so that its name and its
    quota are free at once. It takes a right at the Azure subscription. Default: false."""
    public_network_access: bool | None = None
    """Optional. Whether the account is reached from public networks. Default: true; with the profile `protected` false,
    unless some addresses or subnets are let in."""
    allowed_addresses: tuple[Address, ...] = ()
    """Optional. The addresses and ranges from which alone the public is let in. Default: everywhere."""
    allowed_subnets: tuple[ResourceId, ...] = ()
    """Optional. The resource ids of subnets that are let in beside those. Default: none."""
    private_endpoint: PrivateEndpointSettings | None = None
    """Optional. An address in a virtual network. Default: one in that of `llama-azure:network`, or none."""
    allowed_fqdns: tuple[str, ...] | None = None
    """Optional. The hosts that the account alone may call. Default: any."""
    identity: ResourceId | None = None
    """Optional. A user-assigned identity beside the account's own. Default: none."""
    encryption: FoundryEncryptionSettings | None = None
    """Optional. A customer-managed key. Default: Microsoft's keys."""
    log_analytics_workspace: ResourceId | None = None
    """Optional. The Log Analytics workspace that gets the account's logs and metrics. Default: that of the hub, where
    the stack makes one that keeps logs."""
    callers: dict[str, CallerSettings] = Field(default_factory=dict)
    """Optional. By a name of one's own: who may call the deployments; they get the role Foundry User."""
    content_filters: dict[ContentFilterName, ContentFilterSettings] = Field(default_factory=dict)
    """Optional. By name: content filters that deployments use."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.existing is None:
            return self
        if Parsed.parse(self.existing).type.casefold() != AI_SERVICES_ACCOUNT.casefold():
            raise ValueError(f"{self.existing} is not a Foundry resource: existing names a {AI_SERVICES_ACCOUNT}")
        may_stay = {"existing", "local_auth", "callers", "content_filters"}
        fixed = sorted(self.model_fields_set - may_stay)
        if fixed:
            keys = ", ".join(type(self).model_fields[key].alias or key for key in fixed)
            raise ValueError(f"{keys} cannot be set on an existing account; remove them, or remove existing")
        return self

    @model_validator(mode="after")
    def _one_blocklist_of_a_name(self) -> Self:
        first: dict[str, str] = {}
        for name, one in self.content_filters.items():
            for blocklist in one.blocklists:
                other = first.setdefault(blocklist.casefold(), name)
                if other != name:
                    raise ValueError(f"the content filters {other} and {name} both have a blocklist {blocklist}: "
                                     "rename one of them")  # fmt: skip
        return self

    @model_validator(mode="after")
    def _doors_that_open(self) -> Self:
        if self.public_network_access is False and (self.allowed_addresses or self.allowed_subnets):
            raise ValueError(
                "allowedAddresses and allowedSubnets let nobody in while publicNetworkAccess is false; remove them, or "
                "leave publicNetworkAccess out: nobody else is let in where they are given"
            )
        return self
