"""What a test expects of a refusal by Azure Resource Manager."""

from typing import Any

import httpx


def refusal(answer: httpx.Response, status: int, code: str, *inner_codes: str) -> str:
    """Hold an answer to a status, a code and, if given, the chain of inner codes; return its message."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    error: dict[str, Any] = answer.json()["error"]
    if inner_codes:
        info = {entry["type"]: entry["info"]["value"] for entry in error["additionalInfo"]}
        inner, chain = info["InnerError"], []
        while inner is not None:
            chain.append(inner["code"])
            inner = inner["innerError"]
        assert tuple(chain) == inner_codes
    message: str = error["message"]
    return message
