"""Refusals of managed compute, in the envelope of public reports (source S46, S81)."""

import json

from llama_azure_sandbox.arm.errors import ArmError


def inferencing_refusal(field: str, message: str) -> ArmError:
    """Return the refusal of one field of an online endpoint or deployment."""
    errors = {
        "errors": {field: [message]},
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
    }
    return ArmError(
        400,
        "BadRequest",
        "The request is invalid.",
        details=[
            {
                "code": "InferencingClientCallFailed",
                "message": f"InferencingClient HttpRequest error, error detail: {json.dumps(errors)}",
            }
        ],
    )
