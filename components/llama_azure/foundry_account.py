"""A Foundry resource: the account whose deployments answer callers."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._account_writes import AccountEncryption, AccountName
from llama_azure._answers import UnansweredError, ask, part, settled
from llama_azure._arguments import ArgumentError, Origin, origin
from llama_azure._azure_native import authorization, cognitiveservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._callers import FoundryCaller, assign, let_call
from llama_azure._diagnostics import send_logs
from llama_azure._options import child_options
from llama_azure.model_deployment import open_ai_url
from llama_azure.private_endpoint import PrivateEndpointArgs, declare_private_endpoint
from llama_azure_core.azure_enums import PrincipalType
from llama_azure_core.foundry import account_facts
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT

_NAME = "FoundryAccount"


class FoundryEncryption(TypedDict):
    """A key of one's own that encrypts the account."""

    key_vault_id: pulumi.Input[str]
    """Required. The resource id of the key vault that holds the key; it has purge protection and authorises by Azure
    RBAC. The account's identity is given the role Key Vault Crypto User there, which Azure takes up to five minutes to
    make known; the key is set as soon as it is."""
    key_identifier: pulumi.Input[str]
    """Required. The key's URI, with its version."""


class FoundryPrivateEndpoint(TypedDict):
    """An address of the account in a virtual network."""

    subnet_id: pulumi.Input[str]
    """Required. The resource id of the subnet."""
    dns_zone_ids: NotRequired[list[str]]
    """Optional. The resource ids of the private DNS zones that get its names. Default: none."""


class FoundryAccountArgs(TypedDict):
    """The inputs of a FoundryAccount."""

    resource_group_name: NotRequired[pulumi.Input[str]]
    """Conditional. The resource group that holds the account. Required for an account that is made."""
    location: NotRequired[pulumi.Input[str]]
    """Conditional. The Azure region. Required for an account that is made."""
    account_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the account to make, and its custom subdomain: 2 to 64 letters, digits and hyphens,
    unique in Azure. Give this or `account_id`."""
    account_id: NotRequired[str]
    """Conditional. The resource id of an account that is there. Give this or `account_name`."""
    local_auth: NotRequired[bool]
    """Optional. Whether callers may sign in with a key. Default: false, only with Microsoft Entra ID."""
    restore: NotRequired[bool]
    """Optional. Whether a soft-deleted account of this name is restored, with what was in it. Azure refuses it where
    there is none. Take it out afterwards; the next update writes the account once more without it. Default: false;
    Azure then refuses the name until the deleted account is purged."""
    purge_on_delete: NotRequired[bool]
    """Optional. Whether what is left of the account is purged after Pulumi has deleted it, so that its name and its
    quota are free at once. It takes a right at the Azure subscription. Default: false."""
    public_network_access: NotRequired[bool]
    """Optional. Whether the account is reached from public networks. Default: true."""
    allowed_addresses: NotRequired[list[str]]
    """Optional. The addresses and ranges from which alone the public is let in. Default: everywhere."""
    allowed_subnet_ids: NotRequired[list[str]]
    """Optional. The resource ids of subnets that are let in beside those. Default: none."""
    private_endpoint: NotRequired[FoundryPrivateEndpoint]
    """Optional. An address in a virtual network. Default: none."""
    allowed_fqdns: NotRequired[list[str]]
    """Optional. The hosts that the account alone may call. Default: any."""
    identity_id: NotRequired[pulumi.Input[str]]
    """Optional. The resource id of a user-assigned identity beside the account's own. Default: none."""
    encryption: NotRequired[FoundryEncryption]
    """Optional. A customer-managed key. Default: Microsoft's keys."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Optional. The resource id of the Log Analytics workspace that gets logs and metrics. Default: none."""
    callers: NotRequired[dict[str, FoundryCaller]]
    """Optional. By a name of one's own: who may call the deployments; they get the role Foundry User on the account."""
    deletion_protection: NotRequired[bool]
    """Optional. Whether Pulumi refuses to delete the account. Default: false."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the account and on what it makes."""


class FoundryAccount(pulumi.ComponentResource):
    """A Foundry resource with its callers, its network, its key and its logs, made or adopted.

    An account that it makes has a custom subdomain and takes no keys, but for `local_auth`. An adopted one is never
    changed; only its callers get their role. A new role assignment takes Azure up to five minutes to make known
    everywhere; nothing here waits for that.
    """

    account_id: pulumi.Output[str]
    """The account's Azure resource id."""
    account_name: pulumi.Output[str]
    """The account's name."""
    uri: pulumi.Output[str]
    """The account's address, as Azure returns it."""
    base_url: pulumi.Output[str]
    """The base URL for clients of OpenAI's API."""
    principal_id: pulumi.Output[str]
    """The object id of the account's system-assigned identity; empty where an adopted one has none."""
    primary_key: pulumi.Output[str]
    """Secret. The account's first key; empty where callers sign in with Microsoft Entra ID alone."""

    def __init__(self, name: str, args: FoundryAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        made = origin(_NAME, args, "account") is Origin.CREATED
        self._subscription = authorization.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        ).subscription_id
        if made:
            _require_place(args)
            self._place = {"resourceGroupName": args["resource_group_name"], "accountName": args["account_name"]}
            # Known before the account is there, so that a preview can be judged by what is assigned where.
            self._scope = pulumi.Output.format(
                f"/subscriptions/{{0}}/resourceGroups/{{1}}/providers/{AI_SERVICES_ACCOUNT}/{{2}}",
                self._subscription,
                *self._place.values(),
            )
            account = self._created(name, args)
        else:
            _require_unchanged(args)
            there = ResourceId.parse(args["account_id"])
            self._place = {"resourceGroupName": there.resource_group or "", "accountName": there.name}
            self._scope = pulumi.Output.from_input(args["account_id"])
            account = cognitiveservices.Account.get(f"{name}-account", args["account_id"], opts=child_options(self))
        self.principal_id = account.identity.apply(lambda identity: part(identity, "principal_id") or "")
        let_call(self, name, _NAME, args.get("callers", {}), self._scope, self._subscription, [account])
        if made:
            self._beside(name, args, account)

        self.account_id = account.id
        self.account_name = account.name.apply(lambda shown: shown or "")
        self.uri = account.properties.apply(
            lambda shown: str((part(shown, "endpoints") or {}).get(account_facts().inference_endpoint) or "").rstrip(
                "/"
            )
        )
        self.base_url = self.uri.apply(open_ai_url)
        self.primary_key = pulumi.Output.secret(
            account.id.apply(lambda _: self._key(self._place)) if args.get("local_auth", False) else ""
        )
        self.register_outputs(
            {
                "account_id": self.account_id,
                "account_name": self.account_name,
                "uri": self.uri,
                "base_url": self.base_url,
                "principal_id": self.principal_id,
                "primary_key": self.primary_key,
            }
        )

    def _created(self, name: str, args: FoundryAccountArgs) -> "cognitiveservices.Account":
        is_public = args.get("public_network_access", True)
        access = cognitiveservices.PublicNetworkAccess
        fqdns = args.get("allowed_fqdns")
        before: list[pulumi.Resource] = []
        if args.get("purge_on_delete", False):
            before = [
                AccountName(
                    f"{name}-name",
                    account_id=self._scope,
                    location=pulumi.Output.from_input(args["location"]).apply(normalise_region),
                    opts=child_options(self),
                )
            ]
        return cognitiveservices.Account(
            f"{name}-account",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            account_name=args["account_name"],
            kind=account_facts().kind,
            sku=cognitiveservices.SkuArgs(name=account_facts().sku),
            identity=_identity(args.get("identity_id")),
            properties=cognitiveservices.AccountPropertiesArgs(
                allow_project_management=True,
                custom_sub_domain_name=args["account_name"],
                disable_local_auth=not args.get("local_auth", False),
                public_network_access=access.ENABLED if is_public else access.DISABLED,
                network_acls=_network_rules(args),
                restrict_outbound_network_access=True if fqdns is not None else None,
                allowed_fqdn_list=fqdns,
                restore=True if args.get("restore", False) else None,
            ),
            tags=args.get("tags"),
            opts=child_options(
                self,
                depends_on=before,
                protect=True if args.get("deletion_protection", False) else None,
                # The key is set by a second write, and Azure notes the projects.
                ignore_changes=[
                    "properties.encryption",
                    "properties.associatedProjects",
                    "properties.defaultProject",
                ],
                transforms=[with_what_azure_has(self)],
            ),
        )

    def _beside(self, name: str, args: FoundryAccountArgs, account: "cognitiveservices.Account") -> None:
        """Declare what belongs to an account that is made."""
        workspace_id = args.get("log_analytics_workspace_id")
        if workspace_id is not None:
            send_logs(self, f"{name}-diagnostics", account.id, workspace_id)
        last: pulumi.Resource = account
        if (encryption := args.get("encryption")) is not None:
            last = self._encrypt(name, encryption, args, account)
        if (endpoint := args.get("private_endpoint")) is not None:
            self._private_endpoint(name, endpoint, args, account, last)

    def _encrypt(
        self, name: str, encryption: FoundryEncryption, args: FoundryAccountArgs, account: "cognitiveservices.Account"
    ) -> pulumi.Resource:
        may_use = assign(
            self, f"{name}-key-role", account_facts().encryption_role, self.principal_id,
            PrincipalType.SERVICE_PRINCIPAL.value, encryption["key_vault_id"], self._subscription, [account],
        )  # fmt: skip
        written = {
            key: args.get(key)
            for key in ("local_auth", "public_network_access", "allowed_addresses", "allowed_subnet_ids",
                        "allowed_fqdns", "identity_id", "tags")
        }  # fmt: skip
        return AccountEncryption(
            f"{name}-encryption",
            account_id=account.id,
            # Whatever else of the account is written, the key is set again after it.
            account_revision=pulumi.Output.json_dumps(written, sort_keys=True),
            key=encryption["key_identifier"],
            opts=child_options(self, depends_on=[may_use]),
        )

    def _private_endpoint(
        self,
        name: str,
        wanted: FoundryPrivateEndpoint,
        args: FoundryAccountArgs,
        account: "cognitiveservices.Account",
        last: pulumi.Resource,
    ) -> None:
        made: PrivateEndpointArgs = {
            "resource_group_name": args["resource_group_name"],
            "location": args["location"],
            "private_endpoint_name": pulumi.Output.format("pe-{0}", args["account_name"]),
            # Azure refuses it before the account is Succeeded.
            "resource_id": pulumi.Output.all(self._scope, account.id).apply(self._when_settled),
            "subresource": account_facts().private_link_group,
            "subnet_id": wanted["subnet_id"],
            "private_dns_zone_ids": {name_of(zone): zone for zone in wanted.get("dns_zone_ids", [])},
        }
        if (tags := args.get("tags")) is not None:
            made["tags"] = tags
        declare_private_endpoint(self, f"{name}-private-endpoint", f"{name}-dns", made, depends_on=[last])

    async def _when_settled(self, found: list[str]) -> str:
        if not pulumi.runtime.is_dry_run():
            await settled(self, "getAccount", self._place)
        return found[0]

    async def _key(self, place: dict[str, pulumi.Input[str]]) -> str:
        try:
            keys = await ask(self, "listAccountKeys", place, module="cognitiveservices")
        except UnansweredError as error:
            raise pulumi.RunError(
                f"the keys of the account {place['accountName']} cannot be listed: {error}; set local_auth to false, "
                "or have the account take keys"
            ) from None
        return str((keys or {}).get("key1") or "")


def _identity(identity_id: pulumi.Input[str] | None) -> "cognitiveservices.IdentityArgs":
    kinds = cognitiveservices.ResourceIdentityType
    if identity_id is None:
        return cognitiveservices.IdentityArgs(type=kinds.SYSTEM_ASSIGNED)
    return cognitiveservices.IdentityArgs(
        type=kinds.SYSTEM_ASSIGNED_USER_ASSIGNED, user_assigned_identities=[identity_id]
    )


def _network_rules(args: FoundryAccountArgs) -> "cognitiveservices.NetworkRuleSetArgs":
    addresses, subnets = args.get("allowed_addresses", []), args.get("allowed_subnet_ids", [])
    actions = cognitiveservices.NetworkRuleAction
    return cognitiveservices.NetworkRuleSetArgs(
        default_action=actions.DENY if addresses or subnets else actions.ALLOW,
        ip_rules=[cognitiveservices.IpRuleArgs(value=one) for one in addresses],
        virtual_network_rules=[cognitiveservices.VirtualNetworkRuleArgs(id=one) for one in subnets],
    )


def _require_place(args: FoundryAccountArgs) -> None:
    for wanted in ("resource_group_name", "location"):
        if args.get(wanted) is None:
            raise ArgumentError(_NAME, wanted, f"give {wanted}, which an account that is made needs")


def _require_unchanged(args: FoundryAccountArgs) -> None:
    """Refuse what would change an account that is there."""
    may_stay = {"account_id", "local_auth", "callers", "resource_group_name", "location", "tags"}
    fixed = sorted(name for name, value in args.items() if value is not None and name not in may_stay)
    if fixed:
        raise ArgumentError(_NAME, fixed[0], f"{fixed[0]} cannot be set on an account that is there; remove it")
