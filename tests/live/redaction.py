"""What a record must not tell: ids, names and secrets become placeholders, the same ones for Azure and the sandbox."""

import re
from collections.abc import Mapping
from typing import Any

# The only headers whose values are recorded; of every other one, that it was there.
KEPT_HEADERS = frozenset({
    "allow",
    "azure-asyncoperation",
    "content-type",
    "location",
    "retry-after",
    "www-authenticate",
    "x-ms-error-code",
    "x-ms-retry-after-ms",
})  # fmt: skip
SUBSCRIPTION_NAME = "<subscription name>"
_SHORTEST_SECRET = 8
_SECRET_NAME = re.compile(
    r"(key|secret|password|passphrase|token|credential|connectionstring|sas)s?\d?$", re.IGNORECASE
)
_PERSON_NAME = re.compile(r"(createdBy|lastModifiedBy|userName|userPrincipalName|principalName|owner)$")
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_HTTP_TIME = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
_DATA_PLANES = r"sandbox\.localhost(?::\d+)?|ai\.azure\.com|ml\.azure\.com"
_PATTERNS = (
    (re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), "<token>"),
    (re.compile(r"(?i)(accountkey|sharedaccesskey|sig|password)=[^;&\s\"']+"), r"\1=<secret>"),
    (re.compile(r"[\w.+%#-]+@[\w-]+(?:\.[\w-]+)+"), "<person>"),
    (re.compile(r"(?i)\b[\w-]+\.onmicrosoft\.com\b"), "<domain>"),
    (re.compile(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "<guid>"),
    (re.compile(f"{_TIME}|{_HTTP_TIME}"), "<time>"),
    (re.compile(rf"\.(?:models|inference)\.(?:{_DATA_PLANES})"), ".<data plane>"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b(?::\d+)?"), "<address>"),
    (re.compile(r"\bPT\d+\.\d+S\b"), "<duration>"),
    (re.compile(r"(?i)\b[0-9a-f]{16,}\b"), "<hex>"),
    (re.compile(r"(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])(?=[\w+-]*\d)[\w+-]{40,}={0,2}"), "<secret>"),
)  # fmt: skip
_QUERY = re.compile(r"([?&])([\w$.-]+)=([^&\s\"'<>]*)")


class Redactor:
    """Replaces what is known to be private, and what looks like it."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """``known``: what is private, and what to write in its place."""
        self._known = dict(known)

    def learn(self, value: str, placeholder: str = "<secret>") -> None:
        """Have a value replaced wherever it stands, earlier answers included."""
        if len(value) >= _SHORTEST_SECRET or placeholder != "<secret>":
            self._known.setdefault(value, placeholder)

    def learn_secrets(self, body: Any, *, is_secret: bool = False) -> None:
        """Learn the secrets of an answer: texts below a name such as ``primaryKey``, or all where it is one itself."""
        if isinstance(body, dict):
            for name, value in body.items():
                self.learn_secrets(value, is_secret=is_secret or bool(_SECRET_NAME.search(name)))
        elif isinstance(body, list):
            for value in body:
                self.learn_secrets(value, is_secret=is_secret)
        elif isinstance(body, str) and is_secret:
            self.learn(body)

    def body(self, value: Any, *, is_secret: bool = False) -> Any:
        """Return a body without what is private."""
        if isinstance(value, dict):
            return {self.text(name): self._member(name, one, is_secret=is_secret) for name, one in value.items()}
        if isinstance(value, list):
            return [self.body(one, is_secret=is_secret) for one in value]
        if isinstance(value, str):
            return "<secret>" if is_secret else self.text(value)
        return value

    def _member(self, name: str, value: Any, *, is_secret: bool) -> Any:
        if isinstance(value, str) and _PERSON_NAME.search(name):
            return "<person>"
        return self.body(value, is_secret=is_secret or bool(_SECRET_NAME.search(name)))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers by name, with the values of those that tell how Azure behaves."""
        return {
            name.lower(): self.text(value) if name.lower() in KEPT_HEADERS else "<...>"
            for name, value in sorted(headers.items())
        }

    def text(self, value: str) -> str:
        """Return a text without what is private."""
        for private in sorted(filter(None, self._known), key=len, reverse=True):
            placeholder = self._known[private]
            if placeholder == SUBSCRIPTION_NAME:
                # It may be called `dev`, which is a part of other words.
                found = re.compile(rf"(?<![A-Za-z0-9]){re.escape(private)}(?![A-Za-z0-9])")
            else:
                found = re.compile(re.escape(private), re.IGNORECASE)
            value = found.sub(placeholder, value)
        if "://" in value:
            value = _QUERY.sub(_shorter, value)
        for pattern, placeholder in _PATTERNS:
            value = pattern.sub(placeholder, value)
        return value


def _shorter(query: re.Match[str]) -> str:
    # Azure signs the URLs of its operations.
    return query[0] if query[2] == "api-version" else f"{query[1]}{query[2]}=<...>"
