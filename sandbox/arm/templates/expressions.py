"""The expressions of ARM templates: ``[concat('a', parameters('b').c[0])]``. Pure: functions are given."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

_TOKEN = re.compile(r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[().,\[\]]))")


class TemplateError(Exception):
    """A template is wrong; the message says where and how."""


Thunk = Callable[[], Any]
"""An argument that is not yet evaluated."""

Functions = Mapping[str, Callable[..., Any]]
"""Template functions by their names in lower case. Arguments are thunks, so that ``if`` can leave one be."""


@dataclass(frozen=True, slots=True)
class _Literal:
    value: str | int


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: "tuple[_Expression, ...]"


@dataclass(frozen=True, slots=True)
class _Part:
    """A property or an element of a value."""

    whole: "_Expression"
    key: "_Expression"


_Expression = _Literal | _Call | _Part


def resolve(value: Any, functions: Functions) -> Any:
    """Return a value of a template with every expression in it evaluated, also within lists and objects.

    Raises:
        TemplateError: an expression is malformed, or asks for what is not there.
    """
    match value:
        case str():
            return _resolve_text(value, functions)
        case list():
            return [resolve(item, functions) for item in value]
        case dict():
            return {_resolve_text(key, functions): resolve(item, functions) for key, item in value.items()}
    return value


def is_expression(value: Any) -> bool:
    """Whether a value of a template is an expression."""
    return isinstance(value, str) and value.startswith("[") and value.endswith("]") and not value.startswith("[[")


def _resolve_text(text: str, functions: Functions) -> Any:
    if is_expression(text):
        return _evaluate(_Parser(text[1:-1]).parse(), functions)
    return text[1:] if text.startswith("[[") else text


def _evaluate(expression: _Expression, functions: Functions) -> Any:
    match expression:
        case _Literal(value):
            return value
        case _Part(whole, key):
            return _part(_evaluate(whole, functions), _evaluate(key, functions))
        case _Call(name, arguments):
            function = functions.get(name.lower())
            if function is None:
                raise TemplateError(f"The template function '{name}' is not one that this sandbox knows.")
            thunks = [_thunk(argument, functions) for argument in arguments]
            try:
                return function(*thunks)
            except (TypeError, ValueError, LookupError, AttributeError) as error:
                raise TemplateError(f"The template function '{name}' does not take these arguments: {error}.") from None
    raise AssertionError(expression)


def _thunk(argument: _Expression, functions: Functions) -> Thunk:
    return lambda: _evaluate(argument, functions)


def _part(whole: Any, key: Any) -> Any:
    if isinstance(whole, dict):
        for name, value in whole.items():
            if name.lower() == str(key).lower():
                return value
        raise TemplateError(f"The language expression property '{key}' doesn't exist, available: {', '.join(whole)}.")
    if isinstance(whole, list) and isinstance(key, int) and 0 <= key < len(whole):
        return whole[key]
    raise TemplateError(f"The language expression property '{key}' cannot be taken of {type(whole).__name__}.")


class _Parser:
    """A recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0

    def parse(self) -> _Expression:
        expression = self._expression()
        if self._next != len(self._tokens):
            raise self._wrong()
        return expression

    def _expression(self) -> _Expression:
        kind, text = self._take()
        match kind:
            case "string":
                found: _Expression = _Literal(text[1:-1].replace("''", "'"))
            case "number":
                found = _Literal(int(text))
            case "name":
                self._expect("(")
                found = _Call(text, self._arguments())
            case _:
                raise self._wrong()
        while self._peek() in (".", "["):
            found = _Part(found, self._key())
        return found

    def _key(self) -> _Expression:
        if self._take()[1] == ".":
            kind, text = self._take()
            if kind != "name":
                raise self._wrong()
            return _Literal(text)
        key = self._expression()
        self._expect("]")
        return key

    def _arguments(self) -> tuple[_Expression, ...]:
        arguments: list[_Expression] = []
        while self._peek() != ")":
            if arguments:
                self._expect(",")
            arguments.append(self._expression())
        self._expect(")")
        return tuple(arguments)

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self._next == len(self._tokens):
            raise self._wrong()
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, sign: str) -> None:
        if self._take()[1] != sign:
            raise self._wrong()

    def _wrong(self) -> TemplateError:
        return TemplateError(f"Unable to parse language expression '{self._text}'.")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise TemplateError(f"Unable to parse language expression '{text}': it is wrong at position {position}.")
        kind = cast("str", match.lastgroup)
        found.append((kind, match[kind]))
        position = match.end()
    return found
