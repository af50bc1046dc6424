"""Errors as Azure Resource Manager words them."""

from collections.abc import Mapping
from typing import Any


class ArmError(Exception):
    """A request that Azure Resource Manager refuses.

    Attributes:
        status: the HTTP status code.
        code: ARM's error code, such as ``ResourceNotFound``.
        message: the sentence that goes with it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        additional_info: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details or []
        self.additional_info = additional_info or []
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Return the error envelope."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details or self.additional_info:
            error["details"] = self.details
        if self.additional_info:
            error["additionalInfo"] = self.additional_info
        return {"error": error}


def invalid_content(why: str) -> ArmError:
    """The answer for a body that Resource Manager cannot read; ``why`` goes on after "invalid: "."""
    return ArmError(400, "InvalidRequestContent", f"The request content was invalid: {why}.")


def resource_not_found(resource_id: str) -> ArmError:
    """The answer for a resource that does not exist."""
    return ArmError(404, "ResourceNotFound", f"The Resource '{resource_id}' was not found.")


def user_error(message: str, *inner_codes: str, region: str, status: int = 400) -> ArmError:
    """A refusal by Azure Machine Learning: always ``UserError``, the usable code lies in ``additionalInfo``.

    Source of the shape: github.com/pulumi/pulumi-azure-native/issues/3687. The HTTP status
    is not printed there; 400 is this sandbox's choice.
    """
    inner: dict[str, Any] | None = None
    for code in reversed(inner_codes):
        inner = {"code": code, "innerError": inner}
    info: list[dict[str, Any]] = [
        {"type": "ComponentName", "info": {"value": "managementfrontend"}},
        {"type": "Environment", "info": {"value": region}},
        {"type": "Location", "info": {"value": region}},
    ]
    if inner is not None:
        info.append({"type": "InnerError", "info": {"value": inner}})
    return ArmError(status, "UserError", message, additional_info=info)
