"""A model as a deployment of a Foundry resource: paid by the token, no virtual machines."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._answers import UnansweredError, ask, part, settled
from llama_azure._arguments import ArgumentError, Origin, choice, origin, whole
from llama_azure._azure_native import cognitiveservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.azure_enums import VersionUpgradeOption
from llama_azure_core.foundry import account_facts
from llama_azure_core.resource_ids import name_of

_NAME = "ModelDeployment"
_MOST_CAPACITY = 1_000_000


class ModelDeploymentArgs(TypedDict):
    """The inputs of a ModelDeployment."""

    resource_group_name: pulumi.Input[str]
    """Required. The account's resource group."""
    account_name: pulumi.Input[str]
    """Required. The account's name."""
    deployment_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the deployment to make: 2 to 64 characters, unique in the account, and never a model's
    own name. Give this or `deployment_id`."""
    deployment_id: NotRequired[str]
    """Conditional. The resource id of a deployment that is there. Give this or `deployment_name`."""
    model_format: NotRequired[pulumi.Input[str]]
    """Optional. The model's format, as the models API lists it. Default: Meta."""
    model_name: NotRequired[pulumi.Input[str]]
    """Conditional. The model's name. Required for a deployment that is made."""
    model_version: NotRequired[pulumi.Input[str]]
    """Conditional. The model's version, as the models API lists it; the registry's versions are others. Give it, or a
    `version_upgrade_option` that lets Azure choose."""
    version_upgrade_option: NotRequired[str]
    """Optional. When Azure changes the version by itself: NoAutoUpgrade, OnceCurrentVersionExpired or
    OnceNewDefaultVersionAvailable. Default: NoAutoUpgrade."""
    sku_name: NotRequired[pulumi.Input[str]]
    """Optional. How the deployment is paid for, and where the model may run. Default: GlobalStandard."""
    capacity: NotRequired[int]
    """Optional. The units of capacity; for a model that Azure sells, thousands of tokens a minute. Default: 1."""
    content_filter: NotRequired[pulumi.Input[str]]
    """Optional. The name of the account's content filter, or of Microsoft's. Default: Microsoft.DefaultV2."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the deployment."""


class ModelDeployment(pulumi.ComponentResource):
    """A deployment of a Foundry resource, with the URL that callers use. It is ready when its outputs are known.

    It belongs to the account; projects of the account use it. Azure writes one child of an account at a time and
    refuses the others meanwhile, so let each depend on the one before.
    """

    deployment_id: pulumi.Output[str]
    """The deployment's Azure resource id."""
    deployment_name: pulumi.Output[str]
    """The deployment's name, which callers send as the model."""
    uri: pulumi.Output[str]
    """The account's address, as Azure returns it; empty where the deployment failed, until the next `up`."""
    base_url: pulumi.Output[str]
    """The base URL for clients of OpenAI's API; empty where `uri` is."""

    def __init__(self, name: str, args: ModelDeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        if origin(_NAME, args, "deployment") is Origin.CREATED:
            deployment = self._created(name, args)
        else:
            deployment = cognitiveservices.Deployment.get(
                f"{name}-deployment", args["deployment_id"], opts=child_options(self)
            )

        self.deployment_id = deployment.id
        self.deployment_name = deployment.name.apply(lambda shown: shown or "")
        self.uri = pulumi.Output.all(
            args["resource_group_name"], args["account_name"], deployment.id.apply(name_of), deployment.urn
        ).apply(lambda found: self._address(*found[:3]))
        self.base_url = self.uri.apply(open_ai_url)
        self.register_outputs(
            {
                "deployment_id": self.deployment_id,
                "deployment_name": self.deployment_name,
                "uri": self.uri,
                "base_url": self.base_url,
            }
        )

    def _created(self, name: str, args: ModelDeploymentArgs) -> "cognitiveservices.Deployment":
        upgrade = choice(_NAME, args, "version_upgrade_option", VersionUpgradeOption.NO_AUTO_UPGRADE)
        _require_model(args, upgrade)
        return cognitiveservices.Deployment(
            f"{name}-deployment",
            resource_group_name=args["resource_group_name"],
            account_name=args["account_name"],
            deployment_name=args["deployment_name"],
            sku=cognitiveservices.SkuArgs(
                name=args.get("sku_name", "GlobalStandard"),
                capacity=whole(_NAME, args, "capacity", 1, least=1, most=_MOST_CAPACITY),
            ),
            properties=cognitiveservices.DeploymentPropertiesArgs(
                model=cognitiveservices.DeploymentModelArgs(
                    format=args.get("model_format", "Meta"),
                    name=args["model_name"],
                    version=args.get("model_version"),
                ),
                version_upgrade_option=upgrade.value,
                rai_policy_name=args.get("content_filter", account_facts().default_content_filter),
            ),
            tags=args.get("tags"),
            opts=child_options(
                self,
                # The version that Azure chose is not to be set back.
                ignore_changes=None
                if upgrade is VersionUpgradeOption.NO_AUTO_UPGRADE
                else ["properties.model.version"],
                transforms=[with_what_azure_has(self)],
            ),
        )

    async def _address(self, group: str, account: str, deployment: str) -> str:
        """Return the account's address once the deployment is there; empty where it failed."""
        place = {"resourceGroupName": group, "accountName": account}
        if not pulumi.runtime.is_dry_run():
            shown = await settled(self, "getDeployment", {**place, "deploymentName": deployment})
            if part(shown, "properties", "provisioningState") in ("Failed", "Canceled"):
                return ""
        return await account_address(self, place)


async def account_address(component: pulumi.Resource, place: dict[str, str]) -> str:
    """Return the address at which an account answers the OpenAI routes; empty where Azure does not say it."""
    try:
        shown = await ask(component, "getAccount", place, module="cognitiveservices")
    except UnansweredError as error:
        raise pulumi.RunError(f"the account {place['accountName']} cannot be read: {error}") from None
    return str(part(shown, "properties", "endpoints", account_facts().inference_endpoint) or "").rstrip("/")


def open_ai_url(address: str) -> str:
    """Return the base URL for clients of OpenAI's API at an account's address; empty where there is none."""
    return f"{address.rstrip('/')}/{account_facts().open_ai_path}/" if address else ""


def _require_model(args: ModelDeploymentArgs, upgrade: VersionUpgradeOption) -> None:
    if args.get("model_name") is None:
        raise ArgumentError(_NAME, "model_name", "give model_name, the model that is deployed")
    if args.get("model_version") is None and upgrade is VersionUpgradeOption.NO_AUTO_UPGRADE:
        raise ArgumentError(
            _NAME,
            "model_version",
            "give model_version, or say by version_upgrade_option when Azure may choose another: "
            "OnceCurrentVersionExpired or OnceNewDefaultVersionAvailable",
        )
    names = (args.get("deployment_name"), args.get("model_name"))
    if all(isinstance(one, str) for one in names) and str(names[0]).casefold() == str(names[1]).casefold():
        raise ArgumentError(
            _NAME,
            "deployment_name",
            f"deployment_name is the model's own name, {names[0]}; give another: Azure refuses it",
        )
