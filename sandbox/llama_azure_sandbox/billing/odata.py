"""OData's ``$filter``, as far as the APIs of prices and of consumption take it.

``and``, ``or``, ``not``, parentheses, comparisons of a property with a text, a number or a moment, and the functions
``contains``, ``startswith`` and ``endswith``.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]
Condition = Callable[[Row], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_][\w/.]*)|(?P<number>-?\d[\w.:+-]*)|(?P<sign>[(),]))"
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
_FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


class FilterError(ValueError):
    """A filter that is none, or that an API does not take; the message says why."""


def read_filter(
    text: str,
    properties: Mapping[str, str],
    *,
    words: frozenset[str] = frozenset({"and", "or", "not", *_COMPARISONS, *_FUNCTIONS}),
    ignores_case: bool = False,
) -> Condition:
    """Return the condition that a filter is.

    Args:
        text: the filter.
        properties: by name in the filter, in lower case: the key of a row.
        words: the operators and functions that are taken.
        ignores_case: whether texts are compared whatever their case.

    Raises:
        FilterError: it cannot be read.
    """
    parser = _Parser(_tokens(text), properties, words, ignores_case=ignores_case)
    condition = parser.either()
    if parser.left:
        raise FilterError(f"'{parser.left[0][1]}' is not expected in '{text}'")
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterError(f"'{text[at:].strip()}' cannot be read")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    def __init__(
        self, left: list[tuple[str, str]], properties: Mapping[str, str], words: frozenset[str], *, ignores_case: bool
    ) -> None:
        self.left = left
        self._properties = properties
        self._words = words
        self._ignores_case = ignores_case

    def either(self) -> Condition:
        conditions = [self._both()]
        while self._next_is("or"):
            conditions.append(self._both())
        return conditions[0] if len(conditions) == 1 else lambda row: any(one(row) for one in conditions)

    def _both(self) -> Condition:
        conditions = [self._one()]
        while self._next_is("and"):
            conditions.append(self._one())
        return conditions[0] if len(conditions) == 1 else lambda row: all(one(row) for one in conditions)

    def _one(self) -> Condition:
        if self._next_is("not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._next_is("("):
            inner = self.either()
            self._require(")")
            return inner
        kind, name = self._take("a property")
        if kind == "word" and name.lower() in _FUNCTIONS:
            return self._function(self._known(name.lower()))
        key = self._property(kind, name)
        _, sign = self._take("a comparison")
        compare = _COMPARISONS.get(self._known(sign.lower()))
        if compare is None:
            raise FilterError(f"'{sign}' is no comparison")
        wanted = self._value()
        return lambda row: compare(*self._alike(row.get(key), wanted))

    def _function(self, name: str) -> Condition:
        self._require("(")
        key = self._property(*self._take("a property"))
        self._require(",")
        wanted = self._folded(str(self._value()))
        self._require(")")
        return lambda row: _FUNCTIONS[name](self._folded(str(row.get(key) or "")), wanted)

    def _alike(self, value: Any, wanted: Any) -> tuple[Any, Any]:
        if isinstance(wanted, Decimal):
            try:
                return Decimal(str(value)), wanted
            except InvalidOperation:
                return Decimal(0), wanted
        text = str(value).lower() if isinstance(value, bool) else str(value if value is not None else "")
        return self._folded(text), self._folded(str(wanted))

    def _folded(self, text: str) -> str:
        return text.casefold() if self._ignores_case else text

    def _property(self, kind: str, name: str) -> str:
        key = self._properties.get(name.lower()) if kind == "word" else None
        if key is None:
            raise FilterError(f"'{name}' is no property to filter by")
        return key

    def _value(self) -> Any:
        kind, text = self._take("a value")
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            try:
                return Decimal(text)
            except InvalidOperation:
                return text  # a moment
        if kind == "word" and text.lower() in {"true", "false"}:
            return text.lower()
        raise FilterError(f"'{text}' is no value")

    def _known(self, word: str) -> str:
        if word not in self._words:
            raise FilterError(f"'{word}' is not supported")
        return word

    def _next_is(self, word: str) -> bool:
        if not self.left or self.left[0][1].lower() != word or self.left[0][0] == "text":
            return False
        if word.isalpha():
            self._known(word)
        del self.left[0]
        return True

    def _require(self, sign: str) -> None:
        if not self._next_is(sign):
            raise FilterError(f"'{sign}' is missing")

    def _take(self, what: str) -> tuple[str, str]:
        if not self.left:
            raise FilterError(f"{what} is missing at the end")
        return self.left.pop(0)
