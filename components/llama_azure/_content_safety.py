"""Azure AI Content Safety for a model on managed compute."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import whole
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
        ValueError: the account's id is none, or the threshold is out of range.
    """
    if safety is None:
        return {}
    place = "OnlineDeployment: content_safety"
    # /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.CognitiveServices/accounts/<name>
    parts = safety["account_id"].split("/")
    if len(parts) != 9 or parts[6:8] != ["Microsoft.CognitiveServices", "accounts"]:
        raise ValueError(
            f"{place}: account_id is {safety['account_id']!r}; give the resource id of a Content Safety account: "
            "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.CognitiveServices/accounts/<name>"
        )
    account = parts[8]
    usual = large_model_defaults().content_safety_threshold
    threshold = whole(place, safety, "threshold", usual, least=0, most=_HIGHEST_SEVERITY)
    return {
        "CONTENT_SAFETY_ACCOUNT_NAME": account,
        "CONTENT_SAFETY_ENDPOINT": safety.get("endpoint", f"https://{account}.cognitiveservices.azure.com"),
        "CONTENT_SAFETY_THRESHOLD": str(threshold),
        "SUBSCRIPTION_ID": parts[2],
        "RESOURCE_GROUP_NAME": parts[4],
        "UAI_CLIENT_ID": safety["identity_client_id"],
    }
