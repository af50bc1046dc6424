"""The expressions of ARM templates: ``[concat('a', parameters('b').c[0])]``. Pure: functions are given."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from llama_azure_core._facts import load_facts
from llama_azure_sandbox.arm.templates.work import TemplateError, UnsupportedTemplateError, Work, shortened

__all__ = ["Evaluator", "Functions", "TemplateError", "UnsupportedTemplateError", "calls", "is_expression"]

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\.\?|\[\?|[().,\[\]]))"
)
_MOST_CHARACTERS: int = load_facts("resource_manager")["templates"]["expressionCharacters"]
# How deep expressions may lie in each other, also by way of variables. Azure's own bound is not documented.
_DEEPEST = 150
_MOST_COPIES: int = load_facts("resource_manager")["templates"]["copies"]
# listKeys and its like: one function for each action of a resource that gives a list (source S111).
_LIST = re.compile(r"list\w+", re.IGNORECASE)
_INTEGERS = range(-(2**63), 2**63)

Functions = Mapping[str, Callable[..., Any]]
"""Template functions by their names in lower case."""


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


def is_expression(value: Any) -> bool:
    """Whether a value of a template is an expression."""
    return isinstance(value, str) and value.startswith("[") and value.endswith("]") and not value.startswith("[[")


class Evaluator:
    """Evaluates the values of one template, within the work that is left to it."""

    def __init__(self, functions: Functions, work: Work) -> None:
        self.functions = functions
        self.work = work
        self._depth = 0
        self._parsed: dict[str, _Expression] = {}
        self._loops: list[tuple[str, int]] = []

    def resolve(self, value: Any) -> Any:
        """Return a value of a template with every expression in it evaluated, also within lists and objects.

        Raises:
            TemplateError: an expression is malformed, asks for what is not there, or is too much work.
        """
        self._deeper()
        try:
            self.work.spend(1)
            match value:
                case str():
                    return self._resolve_text(value)
                case list():
                    found: Any = []
                    for item in value:
                        found.append(self.resolve(item))
                case dict():
                    found = {}
                    for key, item in value.items():
                        if key == "copy" and _are_loops(item):
                            for loop in item:
                                found[str(loop["name"])] = self.copies(str(loop["name"]), loop["count"], loop["input"])
                        else:
                            found[self._resolve_key(key)] = self.resolve(item)
                case _:
                    return value
            self.work.weigh(found)
            return found
        finally:
            self._depth -= 1

    def copies(self, name: str, count: Any, value: Any) -> list[Any]:
        """Return a value as often as a copy loop of some name says, with ``copyIndex`` in it counting."""
        made = []
        for index in range(self.count(name, count)):
            with self.turn((name, index)):
                made.append(self.resolve(value))
        return made

    def count(self, name: str, count: Any) -> int:
        """Return how often a copy loop of some name runs.

        Raises:
            TemplateError: as often as no loop may.
        """
        found = self.resolve(count)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= _MOST_COPIES:
            raise TemplateError(
                f"The template copy loop '{shortened(name)}' has an invalid count '{shortened(str(found))}'. The copy "
                f"count must be a positive integer value and cannot exceed '{_MOST_COPIES}'."
            )
        return found

    @contextmanager
    def turn(self, loop: tuple[str, int] | None) -> Iterator[None]:
        """Let ``copyIndex`` answer for one turn of a copy loop; ``None`` for what is in no loop."""
        if loop is not None:
            self._loops.append((loop[0].lower(), loop[1]))
        try:
            yield
        finally:
            if loop is not None:
                self._loops.pop()

    def _resolve_text(self, text: str) -> Any:
        if is_expression(text):
            expression = self._parsed.get(text)
            if expression is None:
                self.work.spend(len(text))
                expression = self._parsed[text] = parse(text)
            return self._evaluate(expression)
        return text[1:] if text.startswith("[[") else text

    def _resolve_key(self, key: str) -> str:
        found = self._resolve_text(key)
        if not isinstance(found, str):
            raise TemplateError(f"The property name '{shortened(key)}' is not a string.")
        return found

    def _evaluate(self, expression: _Expression) -> Any:
        self._deeper()
        try:
            self.work.spend(1)
            match expression:
                case _Literal(value):
                    return value
                case _Part(whole, key):
                    return _part(self._evaluate(whole), self._evaluate(key))
                case _Call(name, arguments):
                    return self._call(name, arguments)
        finally:
            self._depth -= 1

    def _call(self, name: str, arguments: tuple[_Expression, ...]) -> Any:
        lazy = _LAZY.get(name.lower())
        if lazy is not None:
            return lazy(self, arguments)
        function = self.functions.get("list*" if _LIST.fullmatch(name) else name.lower())
        if function is None:
            raise TemplateError(
                f"The template function '{shortened(name)}' is not valid here, or is none. sandbox/README.md lists "
                "those that this sandbox knows."
            )
        given = [self._evaluate(argument) for argument in arguments]
        self.work.take(given)
        try:
            value = function(name, *given) if _LIST.fullmatch(name) else function(*given)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
            message = shortened(str(error).replace("<lambda>", name))
            raise TemplateError(f"The template function '{name}' does not take these arguments: {message}.") from None
        self.work.take([value])
        return value

    def _condition(self, name: str, argument: _Expression) -> bool:
        value = self._evaluate(argument)
        if not isinstance(value, bool):
            raise TemplateError(f"The template function '{name}' needs booleans, not {shortened(repr(value))}.")
        return value

    def _if(self, arguments: tuple[_Expression, ...]) -> Any:
        if len(arguments) != 3:
            raise TemplateError("The template function 'if' takes three arguments.")
        return self._evaluate(arguments[1] if self._condition("if", arguments[0]) else arguments[2])

    def _and(self, arguments: tuple[_Expression, ...]) -> bool:
        return all(self._condition("and", argument) for argument in arguments)

    def _or(self, arguments: tuple[_Expression, ...]) -> bool:
        return any(self._condition("or", argument) for argument in arguments)

    def _coalesce(self, arguments: tuple[_Expression, ...]) -> Any:
        for argument in arguments:
            value = self._evaluate(argument)
            if value is not None:
                return value
        return None

    def _copy_index(self, arguments: tuple[_Expression, ...]) -> int:
        given = [self._evaluate(argument) for argument in arguments]
        name = given.pop(0) if given and isinstance(given[0], str) else None
        offset = given.pop(0) if given else 0
        if given or not isinstance(offset, int):
            raise TemplateError("The template function 'copyIndex' takes the name of a loop and an offset.")
        for loop, index in reversed(self._loops):
            if name is None or loop == name.lower():
                return index + offset
        raise TemplateError(
            "The template function 'copyIndex' is not expected at this location: there is no such copy loop."
        )

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._depth -= 1
            raise TemplateError(f"The template's expressions lie more than {_DEEPEST} deep in each other.")


# The functions that leave alone what they do not need.
_LAZY: Mapping[str, Callable[[Evaluator, tuple[_Expression, ...]], Any]] = {
    "and": Evaluator._and,  # noqa: SLF001 - its own
    "copyindex": Evaluator._copy_index,  # noqa: SLF001
    "coalesce": Evaluator._coalesce,  # noqa: SLF001
    "if": Evaluator._if,  # noqa: SLF001
    "or": Evaluator._or,  # noqa: SLF001
}


def _are_loops(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and {"name", "count", "input"} <= one.keys() for one in value
    )


def calls(text: str, wanted: Callable[[str], bool]) -> list[str]:
    """Return, as expressions, the first arguments of the calls of some functions in an expression.

    Args:
        text: an expression.
        wanted: whether a function, by its name in lower case, is one of them.
    """
    found: list[str] = []
    left: list[_Expression] = [parse(text)]
    while left:
        match left.pop():
            case _Call(name, arguments):
                if wanted(name.lower()) and arguments:
                    found.append(f"[{_written(arguments[0])}]")
                left += arguments
            case _Part(whole, key):
                left += (whole, key)
    return found


def _written(expression: _Expression) -> str:
    match expression:
        case _Literal(str() as value):
            return "'" + value.replace("'", "''") + "'"
        case _Literal(value):
            return str(value)
        case _Part(whole, key):
            return f"{_written(whole)}[{_written(key)}]"
        case _Call(name, arguments):
            return f"{name}({', '.join(map(_written, arguments))})"


def _part(whole: Any, key: Any) -> Any:
    if isinstance(whole, dict):
        for name, value in whole.items():
            if name.lower() == str(key).lower():
                return value
        there = shortened(", ".join(whole))
        raise TemplateError(
            f"The language expression property '{shortened(str(key))}' doesn't exist, available: {there}."
        )
    if isinstance(whole, list) and isinstance(key, int) and 0 <= key < len(whole):
        return whole[key]
    raise TemplateError(
        f"The language expression property '{shortened(str(key))}' cannot be taken of {type(whole).__name__}."
    )


def parse(text: str) -> _Expression:
    """Return the expression that a text in brackets is.

    Raises:
        TemplateError: it is none, or longer or deeper than it may be.
    """
    if len(text) > _MOST_CHARACTERS:
        raise TemplateError(
            f"The language expression length limit exceeded. Limit: '{_MOST_CHARACTERS}' and actual: '{len(text)}'."
        )
    return _Parser(text[1:-1]).parse()


class _Parser:
    """A recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def parse(self) -> _Expression:
        expression = self._expression()
        if self._next != len(self._tokens):
            raise self._wrong()
        return expression

    def _expression(self) -> _Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TemplateError(f"The template's expressions lie more than {_DEEPEST} deep in each other.")
        kind, text = self._take()
        match kind:
            case "string":
                found: _Expression = _Literal(text[1:-1].replace("''", "'"))
            case "number":
                if len(text) > 20 or int(text) not in _INTEGERS:
                    raise TemplateError(
                        f"The number '{shortened(text)}' of an expression is not an integer of 64 bits."
                    )
                found = _Literal(int(text))
            case "name":
                found = _Call(text, self._call_arguments(text))
            case _:
                raise self._wrong()
        parts = 0
        while self._peek() in (".", "[", ".?", "[?"):
            parts += 1
            if self._depth + parts > _DEEPEST:
                raise TemplateError(f"The template's expressions lie more than {_DEEPEST} deep in each other.")
            found = _Part(found, self._key())
        self._depth -= 1
        return found

    def _call_arguments(self, name: str) -> "tuple[_Expression, ...]":
        if self._peek() == ".":
            self._take()
            raise UnsupportedTemplateError(f"user-defined functions ('{shortened(f'{name}.{self._take()[1]}')}')")
        self._expect("(")
        return self._arguments()

    def _key(self) -> _Expression:
        opening = self._take()[1]
        if opening in (".?", "[?"):
            raise UnsupportedTemplateError("the safe-dereference operators '.?' and '[?' (languageVersion 2.0)")
        if opening == ".":
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
        return TemplateError(f"Unable to parse language expression '{shortened(self._text)}'.")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise TemplateError(
                f"Unable to parse language expression '{shortened(text)}': it is wrong at position {position}."
            )
        kind = cast("str", match.lastgroup)
        found.append((kind, match[kind]))
        position = match.end()
    return found
