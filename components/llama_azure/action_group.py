"""Who is told when an alert rule fires."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, Origin, origin
from llama_azure._azure_native import monitor
from llama_azure._options import child_options
from llama_azure_core._facts import load_facts
from llama_azure_core.rbac import built_in_role

_NAME = "ActionGroup"


class ActionGroupArgs(TypedDict):
    """The inputs of an ActionGroup."""

    resource_group_name: NotRequired[pulumi.Input[str]]
    """Conditional. The resource group that holds the action group; with `action_group_name`."""
    action_group_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the action group to make, unique in the resource group. Give this or
    `action_group_id`."""
    action_group_id: NotRequired[pulumi.Input[str]]
    """Conditional. The Azure resource id of an action group that is there: it is used, and never changed or deleted.
    Give this or `action_group_name`."""
    short_name: NotRequired[str]
    """Optional. What messages begin with, of at most 12 characters. Default: llama."""
    emails: NotRequired[list[str]]
    """Conditional. Who is told, by address. Give at least one of this, `webhooks` and `contact_roles`."""
    webhooks: NotRequired[dict[str, pulumi.Input[str]]]
    """Conditional. By a name of one's own: addresses that are called with the common alert schema. They are kept as
    secrets, since many let anybody in who knows them."""
    contact_roles: NotRequired[list[str]]
    """Conditional. Who is told, by a built-in role that they have at the Azure subscription, such as Owner."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the action group."""


class ActionGroup(pulumi.ComponentResource):
    """An action group, made or adopted: by mail, by a call of a webhook, or by role, somebody is told of an alert."""

    action_group_id: pulumi.Output[str]
    """The action group's Azure resource id."""

    def __init__(self, name: str, args: ActionGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        if origin(_NAME, args, "action_group") is Origin.CREATED:
            self.action_group_id = self._created(name, args).id
        else:
            self.action_group_id = pulumi.Output.from_input(args["action_group_id"])
        self.register_outputs({"action_group_id": self.action_group_id})

    def _created(self, name: str, args: ActionGroupArgs) -> "monitor.ActionGroup":
        emails, webhooks, roles = args.get("emails", []), args.get("webhooks", {}), args.get("contact_roles", [])
        if not emails and not webhooks and not roles:
            raise ArgumentError(_NAME, "emails", "nobody would be told: give emails, webhooks or contact_roles")
        short, most = args.get("short_name", "llama"), int(load_facts("metrics")["groupShortName"])
        if not 1 <= len(short) <= most:
            raise ArgumentError(_NAME, "short_name", f"short_name {short!r} must have 1 to {most} characters")
        if "resource_group_name" not in args:
            raise ArgumentError(_NAME, "resource_group_name", "an action group that is made needs resource_group_name")
        return monitor.ActionGroup(
            f"{name}-group",
            resource_group_name=args["resource_group_name"],
            action_group_name=args["action_group_name"],
            location="global",
            group_short_name=short,
            enabled=True,
            email_receivers=[
                monitor.MicrosoftCommonEmailReceiverArgs(name=one, email_address=one, use_common_alert_schema=True)
                for one in emails
            ],
            webhook_receivers=[
                monitor.WebhookReceiverArgs(
                    name=one, service_uri=pulumi.Output.secret(uri), use_common_alert_schema=True
                )
                for one, uri in webhooks.items()
            ],
            arm_role_receivers=[
                monitor.ArmRoleReceiverArgs(name=role, role_id=_role_id(role), use_common_alert_schema=True)
                for role in roles
            ],
            tags=args.get("tags"),
            opts=child_options(self),
        )


def _role_id(name: str) -> str:
    role = built_in_role(name)
    if role is None:
        raise ArgumentError(_NAME, "contact_roles", f"{name!r} is no built-in role that is known here")
    return role.id
