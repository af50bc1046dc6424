"""Federated sign-in: tokens of other issuers, such as a pipeline's, with which a principal signs in without a secret.

The sandbox reaches no other host, so it cannot ask an issuer for its keys. It plays every issuer itself: it makes
tokens in an issuer's name on request, and accepts those alone.
"""

import time
import uuid
from collections.abc import Sequence
from typing import Any

from llama_azure_sandbox.identity.credentials import FederatedCredential
from llama_azure_sandbox.identity.keys import SigningKey

_LIFETIME_SECONDS = 600


class FederationError(Exception):
    """No federated credential of the principal fits a token."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def federated_token(key: SigningKey, issuer: str, subject: str, audience: str) -> str:
    """Return a token as a pipeline's issuer makes it, good for ten minutes.

    A subject of GitHub's shape, ``repo:<owner>/<name>:environment:<name>``, also becomes the claims that GitHub adds.
    """
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + _LIFETIME_SECONDS,
        "jti": str(uuid.uuid4()),
    }
    match subject.split(":", 3):
        case ["repo", repository, *context]:
            claims |= {"repository": repository, "repository_owner": repository.split("/")[0]}
            if len(context) == 2:
                claims[context[0]] = context[1]
    return key.sign(claims)


def require_federated(credentials: Sequence[FederatedCredential], claims: dict[str, Any]) -> None:
    """Hold a token's claims to a principal's federated credentials, with regard to case.

    Raises:
        FederationError: none of them fits; the codes and words are those of public reports.
    """
    given = claims["aud"]
    audiences = given if isinstance(given, list) else [given]
    left = list(credentials)
    for code, claim, fits in (
        (700211, "issuer", lambda one: one.issuer == claims["iss"]),
        (700213, "subject", lambda one: one.subject == claims["sub"]),
        (700212, "audience", lambda one: one.audience in audiences),
    ):
        left = [one for one in left if fits(one)]
        if not left:
            value = {"issuer": claims["iss"], "subject": claims["sub"], "audience": given}[claim]
            raise FederationError(
                code,
                f"No matching federated identity record found for presented assertion {claim} '{value}'. Check your "
                "federated identity credential Subject, Audience and Issuer against the presented assertion.",
            )
