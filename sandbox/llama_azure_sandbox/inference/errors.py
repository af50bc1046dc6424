"""What an endpoint refuses, in the bodies that facts of Azure's data plane show (source S2, S25, S27, S28, S44, S45).

Samples of the same service read an error flat in one place and below ``error`` in another: every body but that of a
missing Authorization header has both, so that each client finds what it looks for.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse

_ECHO_CHARACTERS = 200


class DataPlaneError(Exception):
    """A request that an endpoint refuses: an HTTP status, a JSON body, headers."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})

    @property
    def text(self) -> str:
        """The body, as an event of a stream shows it."""
        return json.dumps(self.body)

    def response(self) -> JSONResponse:
        """Return the answer."""
        return JSONResponse(self.body, self.status, headers=self.headers)


def refusal(
    status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> DataPlaneError:
    """Return an error of a code: flat, below ``error``, and in the header that source S28 names."""
    flat = {"status": status, "code": code, "message": message, **more}
    body = {**flat, "error": {key: value for key, value in flat.items() if key != "status"}}
    return DataPlaneError(status, body, {"x-ms-error-code": code, **(headers or {})})


def missing_authorization() -> DataPlaneError:
    """Not 401: source S44."""
    return DataPlaneError(400, {"status": "Auth token must be passed as a header called Authorization"})


def unauthorized(reason: str = "Access token is missing or invalid") -> DataPlaneError:
    """Source S28 for the meaning, S45 for the shape, which was seen on another host."""
    return refusal(401, "Unauthorized", f"Unauthorized. {reason}.", statusCode=401)


def public_access_denied() -> DataPlaneError:
    """403 for callers from networks that an endpoint is closed to: the words of source S133, for workspaces."""
    return refusal(403, "UserError", "Access to workspace was denied based on workspace private link configuration.")


def no_such_endpoint(name: str, region: str) -> DataPlaneError:
    """The host of an endpoint that is not there; the body is this sandbox's own."""
    return refusal(404, "NotFound", f"There is no endpoint {name} in {region}.")


def wrong_modality(model: str, api: str) -> DataPlaneError:
    """404: the modality is not supported by the model (source S28); the body could not be verified."""
    return refusal(404, "NotFound", f"The model {model} does not answer {api}.")


def bad_request(message: str) -> DataPlaneError:
    """A body that cannot be read at all."""
    return refusal(400, "BadRequest", message)


def invalid_parameter(location: Sequence[str | int], value: object, message: str) -> DataPlaneError:
    """422, source S27: there ``detail`` is an object in one sample and a list in another; the object is taken."""
    return refusal(
        422,
        "parameter_not_supported",
        f"One of the parameters contain invalid values. {'.'.join(map(str, location))}: {message}",
        detail={"loc": ["body", *location], "input": _echo(value), "msg": message},
    )


def extra_parameters(status: int, names: Sequence[str], value: object) -> DataPlaneError:
    """Parameters that a route does not have (source S27).

    400, in the words that endpoints of Llama models answered with (source S102, S103), or 422 in the shape of any other
    wrong parameter.
    """
    if status != 400:
        return invalid_parameter(
            [names[0]],
            value,
            "is not a parameter of this route; send the header extra-parameters: pass-through to hand it to the model, "
            "or drop to leave it out",
        )
    told = (
        f"Extra parameters {list(names)} are not allowed when extra-parameters is not set or set to be 'error'. "
        "Set extra-parameters to 'pass-through' to pass to the model."
    )
    return refusal(400, "BadRequest", told, detail=told)


def content_filtered(parameter: str, results: Mapping[str, Any]) -> DataPlaneError:
    """400: the content filter refused the prompt (source S27); ``results`` says of each category what was found."""
    return refusal(
        400,
        "content_filter",
        "The response was filtered",
        param=parameter,
        type=None,
        innererror={"code": "ResponsibleAIPolicyViolation", "content_filter_result": dict(results)},
    )


def too_many_requests(retry_after: int, what: str) -> DataPlaneError:
    """429; whole seconds, because clients round or ignore fractions. The body could not be verified (source S28)."""
    message = f"Rate limit of {what} is exceeded. Try again in {retry_after} seconds."
    return refusal(429, "429", message, headers={"Retry-After": str(retry_after)})


def no_answer(message: str, *, timed_out: bool) -> DataPlaneError:
    """502 or 504: the server behind the sandbox has no answer; Azure has no such server, so the bodies are our own."""
    return refusal(504 if timed_out else 502, "UpstreamTimeout" if timed_out else "UpstreamFailed", f"{message}.")


def model_error(status: int, reason: str) -> DataPlaneError:
    """424: on managed compute, the model's container failed with a status and a reason (source S25)."""
    headers = {"ms-azureml-model-error-statuscode": str(status), "ms-azureml-model-error-reason": one_line(reason)}
    return refusal(424, "ModelError", f"The model failed: {reason}.", headers=headers)


def request_timeout(message: str) -> DataPlaneError:
    """408: on managed compute, the answer took longer than the deployment's request timeout (source S25)."""
    return refusal(408, "RequestTimeout", f"{message}.")


def one_line(text: str) -> str:
    """Return a text as a header can hold it."""
    return " ".join(text.split()).encode("ascii", "replace").decode()


def _echo(value: object) -> object:
    """Return a value as an error may show it: a long one is cut."""
    shown = json.dumps(value)
    return value if len(shown) <= _ECHO_CHARACTERS else f"{shown[:_ECHO_CHARACTERS]}…"
