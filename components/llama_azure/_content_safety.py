"""Azure AI Content Safety for a model on managed compute."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, whole
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_core.serving import large_model_defaults

_HIGHEST_SEVERITY = 7


class DeploymentContentSafety(TypedDict):
    """The account that a deployment's scoring script asks whether to let a prompt or a completion pass."""

    account_id: str
    """Required. The Azure resource id of the Content Safety account."""
    identity_client_id: pulumi.Input[str]
    """Required. The client id of the user-assigned identity that asks it, which the endpoint must have; no key is
    used."""
    endpoint: NotRequired[pulumi.Input[str]]
    """Optional. The account's address. Default: `https://<account>.cognitiveservices.azure.com`."""
    threshold: NotRequired[int]
    """Optional. The severity, 0 to 7, from which something is held back. Default: 2."""


def content_safety_variables(safety: DeploymentContentSafety | None) -> dict[str, pulumi.Input[str]]:
    """Return the variables that the scoring script of Microsoft's sample reads (source S70); none without an account.

    Raises:
        ArgumentError: the account's id is none, or the threshold is out of range.
    """
    if safety is None:
        return {}
    place = "OnlineDeployment: content_safety"
    account = _account_id(place, safety["account_id"])
    usual = large_model_defaults().content_safety_threshold
    threshold = whole(place, safety, "threshold", usual, least=0, most=_HIGHEST_SEVERITY)
    return {
        "CONTENT_SAFETY_ACCOUNT_NAME": account.name,
        "CONTENT_SAFETY_ENDPOINT": safety.get("endpoint", f"https://{account.name}.cognitiveservices.azure.com"),
        "CONTENT_SAFETY_THRESHOLD": str(threshold),
        "SUBSCRIPTION_ID": account.subscription,
        "RESOURCE_GROUP_NAME": str(account.resource_group),
        "UAI_CLIENT_ID": safety["identity_client_id"],
    }


def _account_id(place: str, text: str) -> ResourceId:
    try:
        account = ResourceId.parse(text)
    except ValueError:
        account = None
    if account is None or not account.is_type(AI_SERVICES_ACCOUNT) or account.resource_group is None:
        raise ArgumentError(
            place,
            "account_id",
            f"account_id is {text!r}; give the resource id of a Content Safety account: "
            f"/subscriptions/<id>/resourceGroups/<group>/providers/{AI_SERVICES_ACCOUNT}/<name>",
        )
    return account
