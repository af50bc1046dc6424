"""Conditions of role assignments (Azure ABAC): what a role that may give roles lets its holder give, and to whom.

A condition holds back the requests of an assignment that it speaks of, and lets all others pass. Understood is what
conditions of ``Microsoft.Authorization/roleAssignments`` are written with (source S270, S271): ``ActionMatches``,
``Exists``, the attributes of ``@Request`` and ``@Resource``, comparisons of GUIDs and texts, also with lists, and
``AND``, ``OR`` and ``NOT``. A comparison of another kind, such as of tags or times, never holds.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from llama_azure_core.resource_types import ROLE_ASSIGNMENT

WRITE, DELETE = f"{ROLE_ASSIGNMENT}/write", f"{ROLE_ASSIGNMENT}/delete"
"""The actions that a condition can hold back."""
VERSION = "2.0"
"""The version of the language."""
LONGEST = 8192
"""How many characters a condition may have (source S271)."""
_DEEPEST = 50


class ConditionError(ValueError):
    """A text is no condition; the message says where."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request, as far as conditions look at it."""

    action: str
    request: Mapping[str, str] = field(default_factory=dict)
    """By attribute, such as ``Microsoft.Authorization/roleAssignments:PrincipalId``: what the request would set."""
    resource: Mapping[str, str] = field(default_factory=dict)
    """By attribute: what is there."""

    def attribute(self, source: str, name: str) -> str | None:
        """Return an attribute's value, or ``None`` where there is none."""
        held = {"request": self.request, "resource": self.resource}.get(source.casefold(), {})
        return next((value for key, value in held.items() if key.casefold() == name.casefold()), None)


Condition = Callable[[Attempt], bool]
"""Whether an assignment counts for a request."""


@dataclass(frozen=True, slots=True)
class Grantable:
    """A role that may be given, and to whom."""

    role_id: str
    """The GUID of the role's definition."""
    principals: tuple[str, ...] = ()
    """The object ids of those who may be given it; without any, everybody of the type."""
    principal_type: str | None = None
    """User, Group or ServicePrincipal; ``None`` for any."""


def assignment(role_id: str, principal_id: str, principal_type: str | None = None) -> dict[str, str]:
    """Return the attributes of a role assignment."""
    given = {"RoleDefinitionId": role_id, "PrincipalId": principal_id, "PrincipalType": principal_type}
    return {f"{ROLE_ASSIGNMENT}:{name}": value for name, value in given.items() if value is not None}


def condition_to_grant(grants: Iterable[Grantable]) -> str:
    """Return the condition under which somebody may give just these roles to just these principals.

    Whoever holds one of the roles may lose it again, so that an assignment goes with the one who is no longer named.

    Raises:
        ConditionError: it would be longer than Azure takes.
    """
    ordered = sorted(set(grants), key=lambda one: (one.role_id, one.principals, one.principal_type or ""))
    if not ordered:
        raise ConditionError("there is no role to give")
    together: dict[tuple[tuple[str, ...], str | None], list[str]] = {}
    for one in ordered:
        together.setdefault((tuple(sorted(one.principals)), one.principal_type), []).append(one.role_id)
    clauses = [_clause(roles, principals, kind) for (principals, kind), roles in together.items()]
    roles = sorted({one.role_id for one in ordered})
    text = (
        f"((!(ActionMatches{{'{WRITE}'}})) OR ({' OR '.join(clauses)})) AND "
        f"((!(ActionMatches{{'{DELETE}'}})) OR ({_guids('Resource', 'RoleDefinitionId', roles)}))"
    )
    if len(text) > LONGEST:
        raise ConditionError(
            f"the condition would have {len(text)} characters, and Azure takes {LONGEST}: give roles to groups, not to "
            "every member"
        )
    return text


def _clause(roles: Sequence[str], principals: Sequence[str], kind: str | None) -> str:
    parts = [_guids("Request", "RoleDefinitionId", roles)]
    if principals:
        parts.append(_guids("Request", "PrincipalId", principals))
    if kind is not None:
        parts.append(f"@Request[{ROLE_ASSIGNMENT}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'{kind}'}}")
    return f"({' AND '.join(parts)})"


def _guids(source: str, name: str, values: Sequence[str]) -> str:
    return f"@{source}[{ROLE_ASSIGNMENT}:{name}] ForAnyOfAnyValues:GuidEquals {{{', '.join(values)}}}"


@lru_cache(maxsize=256)
def parse_condition(text: str) -> Condition:
    """Return a condition, to be asked of each request.

    Raises:
        ConditionError: it is none.
    """
    reader = _Reader(text)
    found = reader.either()
    if reader.word is not None:
        raise ConditionError(f"{reader.word!r} is not expected at {reader.at}")
    return found


_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z][\w-]*(?::\w+)?(?=[\s{(@\[]|$))|(?P<attribute>@\w+\[[^\]]+\])"
    r"|(?P<text>'(?:[^']|'')*')|(?P<symbol>&&|\|\||[(){},!])|(?P<bare>[\w.:+-]+))"
)
_AND, _OR, _NOT = ("AND", "&&"), ("OR", "||"), ("NOT", "!")
_EQUAL: Mapping[str, Callable[[str, str], bool]] = {
    "guidequals": lambda left, right: _guid(left) == _guid(right),
    "stringequals": lambda left, right: left == right,
    "stringequalsignorecase": lambda left, right: left.casefold() == right.casefold(),
}


def _negated(equal: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    return lambda left, right: not equal(left, right)


_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    **_EQUAL,
    **{name.replace("equals", "notequals"): _negated(equal) for name, equal in _EQUAL.items()},
}
_OF_LISTS = {"foranyofanyvalues": any, "forallofanyvalues": any, "foranyofallvalues": all, "forallofallvalues": all}


def _guid(text: str) -> str:
    return text.rsplit("/", 1)[-1].casefold()


def _never(_attempt: Attempt) -> bool:
    return False


class _Reader:
    """Reads a condition from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self._depth = 0
        self.at = 0
        self.word: str | None = None
        self._next()

    def _next(self) -> str | None:
        before, self.at = self.word, self._end
        rest = self._text[self._end :]
        if not rest.strip():
            self.word = None
            return before
        match = _TOKEN.match(self._text, self._end)
        if match is None:
            raise ConditionError(f"{rest.strip()[:20]!r} is not understood at {self._end}")
        self.word, self._end = match[0].strip(), match.end()
        return before

    def _take(self, wanted: str) -> None:
        if self.word != wanted:
            raise ConditionError(f"{wanted!r} is missing at {self.at}")
        self._next()

    def _is(self, spellings: Sequence[str]) -> bool:
        return self.word is not None and self.word.upper() in spellings

    def either(self) -> Condition:
        """Read a whole condition."""
        parts = [self._both()]
        while self._is(_OR):
            self._next()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda attempt: any(one(attempt) for one in parts)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._is(_AND):
            self._next()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda attempt: all(one(attempt) for one in parts)

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ConditionError(f"more than {_DEEPEST} conditions lie in one another at {self.at}")
        found = self._one_at_depth()
        self._depth -= 1
        return found

    def _one_at_depth(self) -> Condition:
        if self._is(_NOT):
            self._next()
            inner = self._one()
            return lambda attempt: not inner(attempt)
        if self.word == "(":
            self._next()
            within = self.either()
            self._take(")")
            return within
        if self.word is not None and self.word.casefold() in ("actionmatches", "suboperationmatches"):
            return self._matches(self._next() or "")
        if self.word is not None and self.word.casefold() == "exists":
            self._next()
            source, name = self._attribute()
            return lambda attempt: attempt.attribute(source, name) is not None
        return self._comparison()

    def _matches(self, function: str) -> Condition:
        self._take("{")
        action = self._literal()
        self._take("}")
        if function.casefold() == "suboperationmatches":
            return _never
        pattern = re.compile(".*".join(map(re.escape, action.split("*"))), re.IGNORECASE)
        return lambda attempt: pattern.fullmatch(attempt.action) is not None

    def _comparison(self) -> Condition:
        source, name = self._attribute()
        if self.word is None:
            raise ConditionError(f"a comparison is missing at {self.at}")
        of_lists, _, operator = (self._next() or "").rpartition(":")
        values = self._values()
        compare = _COMPARISONS.get(operator.casefold())
        how = _OF_LISTS.get(of_lists.casefold()) if of_lists else any
        if compare is None or how is None:
            return _never

        def holds(attempt: Attempt) -> bool:
            held = attempt.attribute(source, name)
            return held is not None and how(compare(held, value) for value in values)

        return holds

    def _attribute(self) -> tuple[str, str]:
        word = self.word or ""
        if not word.startswith("@"):
            raise ConditionError(f"an attribute such as @Request[{ROLE_ASSIGNMENT}:PrincipalId] lacks at {self.at}")
        self._next()
        source, _, name = word[1:-1].partition("[")
        return source, name.strip()

    def _values(self) -> list[str]:
        if self.word != "{":
            return [self._literal()]
        self._next()
        found = [self._literal()]
        while self.word == ",":
            self._next()
            found.append(self._literal())
        self._take("}")
        return found

    def _literal(self) -> str:
        word = self.word
        if word is None or word in "(){},!" or word.startswith("@"):
            raise ConditionError(f"a value is missing at {self.at}")
        self._next()
        return word[1:-1].replace("''", "'") if word.startswith("'") else word
