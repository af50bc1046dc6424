"""What a Foundry resource refuses, in the bodies of public reports (source S220 to S229).

What the routes of all back ends refuse alike is put into the shape that clients of OpenAI's API read: one ``error``
with ``code``, ``message``, ``type`` and ``param``.
"""

from collections.abc import Mapping
from typing import Any

from llama_azure_sandbox.inference.errors import DataPlaneError
from llama_azure_sandbox.inference.rate_limit import Exceeded

_INVALID_REQUEST = "invalid_request_error"


def refused(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None, **more: Any
) -> DataPlaneError:
    """Return an error of a code, below ``error``."""
    return DataPlaneError(status, {"error": {"code": code, "message": message, **more}}, headers)


def no_such_path() -> DataPlaneError:
    """The words of Azure OpenAI, also where the query has no api-version that a route needs."""
    return refused(404, "404", "Resource not found")


def no_such_account(name: str) -> DataPlaneError:
    """On Azure the host's name does not resolve; the body is this sandbox's own."""
    return refused(404, "404", f"There is no Foundry resource with the subdomain {name} here.")


def deployment_not_found() -> DataPlaneError:
    """Source S221."""
    return refused(
        404,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
        "please wait a moment and try again.",
        type=_INVALID_REQUEST,
        param=None,
    )


def unknown_model(name: str) -> DataPlaneError:
    """The same of the route ``/models`` (source S221)."""
    return refused(404, "unknown_model", f"Unknown model: {name}", details=f"Unknown model: {name}")


def no_model_name() -> DataPlaneError:
    """A request to ``/models`` that says no deployment; the words are this sandbox's."""
    message = "No model specified in request: give the name of a deployment as model in the body."
    return refused(400, "no_model_name", message, details=message)


def model_retired(name: str, day: object) -> DataPlaneError:
    """410 (source S229); the body could not be verified."""
    return refused(410, "ModelRetired", f"The model {name} was retired on {day}.")


def deployment_paused(name: str) -> DataPlaneError:
    """423 (source S204); the body could not be verified."""
    return refused(423, "DeploymentPaused", f"The deployment {name} is paused: resume it to call it.")


def keys_disabled() -> DataPlaneError:
    """Source S223."""
    return refused(403, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource.")


def wrong_key() -> DataPlaneError:
    """The words of Azure OpenAI."""
    return refused(
        401,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
        "active subscription and use a correct regional API endpoint for your resource.",
    )


def wrong_token() -> DataPlaneError:
    """Also without any credential (source S45)."""
    message = (
        "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), "
        "or have expired."
    )
    return DataPlaneError(401, {"statusCode": 401, "message": message})


def permission_denied(principal: str, action: str, operation: str) -> DataPlaneError:
    """Source S224."""
    return refused(
        401,
        "PermissionDenied",
        f"The principal `{principal}` lacks the required data action `{action}` to perform `{operation}` operation. "
        "For instructions on how to assign it, see https://aka.ms/FoundryPermissions.",
    )


def access_denied(message: str, code: str) -> DataPlaneError:
    """The caller is not in a network that may reach the account (source S228)."""
    return refused(403, code, message)


def rate_exceeded(exceeded: Exceeded) -> DataPlaneError:
    """429 in its two shapes: of requests, and of tokens (source S222)."""
    seconds = exceeded.retry_after
    headers = {"retry-after": str(seconds), "retry-after-ms": str(seconds * 1000)}
    if exceeded.of_tokens:
        message = (
            "Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded token rate limit of "
            f"your current AIServices S0 pricing tier. Please retry after {seconds} seconds."
        )
        return refused(429, "RateLimitReached", message, headers)
    return refused(429, "429", f"Rate limit is exceeded. Try again in {seconds} seconds.", headers)


def as_openai(error: DataPlaneError) -> DataPlaneError:
    """Return what the routes of all back ends refuse as OpenAI's API tells it: a wrong parameter is a 400."""
    told = error.body.get("error")
    if not isinstance(told, dict) or "status" not in error.body:
        return error
    if told["code"] == "content_filter":
        return _filtered(error, told)
    where = (told.get("detail") or {}).get("loc", []) if isinstance(told.get("detail"), dict) else []
    status = 400 if error.status == 422 else error.status
    body = {
        "message": told["message"],
        "type": _INVALID_REQUEST if status < 500 else "server_error",
        "param": ".".join(map(str, where[1:])) or None,
        "code": told["code"],
    }
    return DataPlaneError(status, {"error": body}, error.headers)


def _filtered(error: DataPlaneError, told: Mapping[str, Any]) -> DataPlaneError:
    """The refusal of a prompt, in the words of Azure OpenAI's filter (source S227)."""
    body = {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
        "Please modify your prompt and retry. To learn more about our content filtering policies please read our "
        "documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": told["innererror"],
    }
    return DataPlaneError(400, {"error": body}, error.headers)
