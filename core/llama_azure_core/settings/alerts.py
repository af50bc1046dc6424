"""Who is told when something is wrong with what the stack deploys, and of what."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from llama_azure_core.frozen import Frozen
from llama_azure_core.monitoring import AlertRule
from llama_azure_core.rbac import built_in_role
from llama_azure_core.resource_ids import ResourceId as ParsedId
from llama_azure_core.resource_types import ACTION_GROUP
from llama_azure_core.settings._section import ResourceId, TextOrSecret


def _known_role(name: str) -> str:
    role = built_in_role(name)
    if role is None:
        raise ValueError(f"{name!r} is no built-in role that is known here; write Owner, Contributor or Reader")
    return role.name


def _web_address(value: str | SecretStr) -> str | SecretStr:
    shown = value.get_secret_value() if isinstance(value, SecretStr) else value
    # A secret that cannot be read here is empty.
    if shown and not shown.startswith(("https://", "http://")):
        raise ValueError("a webhook is called by its address, which begins with https://")
    return value


_OF_OWN_GROUP = ("emails", "webhooks", "contact_roles", "name")


class AlertsSettings(Frozen):
    """Alert rules on what the stack deploys, the group of those who are told, and a workbook of the same figures.

    An empty section has everything at its default.
    """

    enabled: bool = True
    """Optional. Whether there are alert rules: `false` leaves them out where the profile has them. Default: true."""
    action_group: ResourceId | None = None
    """Optional. The resource id of an action group that is there. Default: one is made of what follows."""
    name: Annotated[str, Field(min_length=1, max_length=260, pattern=r"^[^<>*%&:?+/\\]*[^<>*%&:?+/\\. ]$")] | None = (
        None
    )
    """Optional. The name of the action group that the stack makes. Default: derived."""
    emails: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()
    """Optional. Who is told, by address. Default: only `contactRoles`."""
    webhooks: dict[
        Annotated[str, Field(min_length=1, max_length=100)], Annotated[TextOrSecret, AfterValidator(_web_address)]
    ] = Field(default_factory=dict)
    """Optional. By a name of one's own: addresses that are called with the common alert schema. One that holds a secret
    is kept as a secret of the stack. Default: none."""
    contact_roles: tuple[Annotated[str, AfterValidator(_known_role)], ...] = ("Owner",)
    """Optional. Who is told, by their role at the Azure subscription. Default: Owner."""
    rules: tuple[AlertRule, ...] = Field(default=tuple(AlertRule), min_length=1)
    """Optional. What somebody is told of. Default: errors, throttled, latency, tokens, unhealthy, subscription,
    deployment, quota, budget, modelEnd; each where the stack has what it is about."""
    errors_per_minute: Annotated[float, Field(gt=0)] = 1
    """Optional. From how many answers of one error code a minute on somebody is told, on average over five minutes.
    Default: 1."""
    throttled_per_minute: Annotated[float, Field(gt=0)] = 1
    """Optional. From how many refusals with 429 a minute on somebody is told, on average over five minutes.
    Default: 1."""
    latency_milliseconds: Annotated[int, Field(gt=0)] = 30_000
    """Optional. Above which time to answer somebody is told: of an online endpoint the 95th percentile, of a Foundry
    deployment the average to the last byte, over five minutes. Default: 30000."""
    token_percent: Annotated[int, Field(ge=1, le=100)] = 80
    """Optional. At which percent of a Foundry deployment's tokens per minute somebody is told, on average over five
    minutes. Default: 80."""
    model_end_days: Annotated[int, Field(ge=1, le=365)] = 60
    """Optional. How many days before a deployed model ends somebody is told. Default: 60."""

    @model_validator(mode="after")
    def _one_group(self) -> Self:
        if self.action_group is None:
            if not self.emails and not self.webhooks and not self.contact_roles:
                raise ValueError("nobody would be told: give emails, webhooks, contactRoles or an actionGroup")
            return self
        if ParsedId.parse(self.action_group).type.casefold() != ACTION_GROUP.casefold():
            raise ValueError(f"actionGroup {self.action_group} is not the id of an action group")
        given = sorted(self.model_fields_set & set(_OF_OWN_GROUP))
        if given:
            keys = " and ".join(str(type(self).model_fields[key].alias) for key in given)
            raise ValueError(f"{keys} cannot be set on an action group that is there; remove it, or remove actionGroup")
        return self
