"""Azure Policy's language of conditions: which resources a definition says are not as it wants them. Pure.

A definition is judged on resources as Azure Resource Manager shows them. What is not there has no value: it is equal to
nothing, so that ``notEquals`` holds of it. A field with ``[*]`` outside of ``count`` stands for all elements: the
condition is to hold of each. Texts are compared without regard to case, and ``true`` equals ``"true"``.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llama_azure_sandbox.arm.templates.expressions import Evaluator, Functions, is_expression
from llama_azure_sandbox.arm.templates.functions import DeploymentScope, pure_functions
from llama_azure_sandbox.arm.templates.work import TemplateError, Work

Json = dict[str, Any]

_MISSING = None
_OF_THE_BODY = ("type", "name", "kind", "location", "id", "sku", "plan", "identity", "zones", "managedby", "fullname")
_IF_NOT_EXISTS = ("auditifnotexists", "deployifnotexists")
_TAG = re.compile(r"tags(?:\.|\[')(.+?)(?:'\])?", re.IGNORECASE)


class PolicyError(Exception):
    """A definition uses what is not known here; the message says what."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A policy definition, with what an assignment gives for its parameters."""

    id: str
    """The name by which Azure knows it, a GUID."""
    title: str
    version: str
    effect: str
    types: frozenset[str]
    """The types of resources that it looks at, in lower case."""
    only: Json | None = None
    """Which of them it looks at; ``None`` for all."""
    broken: Json | None = None
    """When a resource is not as it should be."""
    beside: Json | None = None
    """What is to be there beside a resource: ``type``, and where it matters ``name`` and the condition ``as``."""
    parameters: Json = field(default_factory=dict)

    @classmethod
    def of_azure(cls, document: Json, given: Json) -> "Definition":
        """Read a definition as Azure keeps it.

        Args:
            document: the definition, such as a file of github.com/Azure/azure-policy.
            given: what an assignment gives for its parameters.

        Raises:
            PolicyError: its effect takes a parameter that has no value.
        """
        shown = document.get("properties", document)
        rule, declared = shown["policyRule"], shown.get("parameters") or {}
        parameters = {name: one["defaultValue"] for name, one in declared.items() if "defaultValue" in one} | given
        effect = str(_Scope(parameters, {}).resolved(rule["then"].get("effect", "")))
        exists = effect.lower() in _IF_NOT_EXISTS
        details = rule["then"].get("details") or {} if exists else {}
        wanted = {"type": details.get("type"), "name": details.get("name"), "as": details.get("existenceCondition")}
        return cls(
            id=str(document.get("name") or ""),
            title=str(shown.get("displayName") or ""),
            version=str(shown.get("version") or ""),
            effect=effect,
            types=frozenset(_types(rule["if"])),
            only=rule["if"] if exists else None,
            broken=None if exists else rule["if"],
            beside={key: value for key, value in wanted.items() if value is not None} if exists else None,
            parameters=parameters,
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a definition says of an estate: ids of resources."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]


def judge(definition: Definition, resources: Sequence[Json]) -> Judgement:
    """Judge an estate.

    Args:
        definition: what is asked.
        resources: every resource as Azure Resource Manager shows it, those that extend others included.

    Raises:
        PolicyError: the definition uses what is not known here.
    """
    passed: list[str] = []
    failed: list[str] = []
    for one in resources:
        scope = _Scope(definition.parameters, one)
        if str(one["type"]).lower() not in definition.types:
            continue
        if definition.only is not None and not _holds(definition.only, scope):
            continue
        is_broken = definition.broken is not None and _holds(definition.broken, scope)
        is_alone = definition.beside is not None and not _is_beside(definition.beside, scope, resources)
        (failed if is_broken or is_alone else passed).append(str(one["id"]))
    return Judgement(tuple(passed), tuple(failed))


class _Scope:
    """A resource that is judged, and the elements of its lists that a ``count`` is at."""

    def __init__(self, parameters: Json, resource: Json, elements: Mapping[str, Any] | None = None) -> None:
        self.parameters = parameters
        self.resource = resource
        self.elements = dict(elements or {})

    def at(self, name: str, element: Any) -> "_Scope":
        """Return the scope at an element of a list."""
        return _Scope(self.parameters, self.resource, {**self.elements, name.lower(): element})

    def of(self, resource: Json) -> "_Scope":
        """Return the scope of another resource."""
        return _Scope(self.parameters, resource)

    def resolved(self, value: Any) -> Any:
        """Return a value with its expression evaluated.

        Raises:
            PolicyError: the expression uses what is not known here.
        """
        if not is_expression(value):
            return value
        work = Work()
        place = DeploymentScope("", "", "")
        try:
            return Evaluator({**pure_functions(place, work), **self._functions()}, work).resolve(value)
        except TemplateError as error:
            raise PolicyError(f"{value}: {error}") from None

    def _functions(self) -> Functions:
        return {
            "parameters": self._parameter,
            "field": lambda name: self.values(str(name)) if "[*]" in str(name) else self.value(str(name)) or "",
            "current": self._current,
            "requestcontext": lambda: {"apiVersion": "9999-12-31"},
        }

    def _parameter(self, name: str) -> Any:
        for key, value in self.parameters.items():
            if key.lower() == name.lower():
                return value
        raise PolicyError(f"the parameter {name} has no value: an assignment gives it")

    def _current(self, name: str | None = None) -> Any:
        if name is None:
            return next(reversed(self.elements.values()), "")
        found = self.elements.get(name.lower(), _MISSING)
        return found if found is not _MISSING else self.value(name) or ""

    def value(self, name: str) -> Any:
        """Return a field's value; ``None`` where it has none."""
        found = self.values(name)
        return found[0] if found else _MISSING

    def values(self, name: str) -> list[Any]:
        """Return what a field stands for: one value, or one for each element of the lists in it."""
        lowered = name.lower()
        for prefix in sorted(self.elements, key=len, reverse=True):
            if lowered.startswith(prefix):
                return _walk([self.elements[prefix]], _steps(name[len(prefix) :].lstrip(".")))
        if tag := _TAG.fullmatch(name):
            return _walk([self.resource.get("tags") or {}], [tag[1]])
        if lowered.split(".")[0] in ("tags", *_OF_THE_BODY) and "/" not in name:
            return _walk([self.resource], _steps(name))
        prefix = f"{self.resource.get('type', '')}/".lower()
        if not lowered.startswith(prefix):
            return []
        steps = _steps(name[len(prefix) :])
        return _walk([self.resource.get("properties") or {}], steps) or _walk([self.resource], steps)


def _steps(path: str) -> list[str]:
    return [step for step in path.replace("[*]", ".*").split(".") if step]


def _walk(found: list[Any], steps: Sequence[str]) -> list[Any]:
    """Return what a path leads to. A list on the way counts as its elements, also where the path has no ``[*]``."""
    for step in steps:
        if step == "*":
            found = [element for one in found if isinstance(one, list) for element in one]
        else:
            holders = [holder for one in found for holder in (one if isinstance(one, list) else [one])]
            found = [value for holder in holders for value in _part(holder, step)]
    return found


def _part(holder: Any, name: str) -> list[Any]:
    """Return a part of an object, or of its ``properties``: aliases leave those out."""
    if not isinstance(holder, dict):
        return []
    named = [value for key, value in holder.items() if key.lower() == name.lower() and value is not None]
    inside = holder.get("properties")
    return named or (_part(inside, name) if isinstance(inside, dict) else [])


def _holds(written: Json, scope: _Scope) -> bool:
    condition = {key.lower(): value for key, value in written.items()}
    if "allof" in condition:
        return all(_holds(one, scope) for one in condition["allof"])
    if "anyof" in condition:
        return any(_holds(one, scope) for one in condition["anyof"])
    if "not" in condition:
        return not _holds(condition["not"], scope)
    operator, expected = _operator(condition, scope)
    if "count" in condition:
        return operator(_count(condition["count"], scope), expected)
    if "value" in condition:
        return operator(scope.resolved(condition["value"]), expected)
    if "field" not in condition:
        raise PolicyError(f"a condition of {', '.join(condition)}")
    name = str(scope.resolved(condition["field"]))
    found = scope.values(name)
    if operator is _exists_or_not:
        return operator(found or _MISSING, expected)
    is_at_element = any(name.lower().startswith(prefix) for prefix in scope.elements)
    if "[*]" not in name or (is_at_element and len(found) < 2):
        return any(operator(one, expected) for one in found or [_MISSING])
    return all(operator(one, expected) for one in found)


def _count(counted: Json, scope: _Scope) -> int:
    where = counted.get("where")
    if "value" in counted:
        name, found = str(counted.get("name") or ""), scope.resolved(counted["value"])
    else:
        name = str(counted["field"])
        found = scope.values(name)
    return sum(where is None or _holds(where, scope.at(name, one)) for one in found)


def _operator(condition: Json, scope: _Scope) -> tuple[Callable[[Any, Any], bool], Any]:
    for key, expected in condition.items():
        operator = _OPERATORS.get(key.lower())
        if operator is not None:
            return operator, scope.resolved(expected)
    raise PolicyError(f"a condition of {', '.join(condition)}")


def _text(value: Any) -> str:
    return str(value).lower()


def _equal(one: Any, other: Any) -> bool:
    return one is not _MISSING and other is not None and _text(one) == _text(other)


def _like(one: Any, pattern: Any) -> bool:
    parts = (re.escape(part) for part in _text(pattern).split("*"))
    return one is not _MISSING and re.fullmatch(".*".join(parts), _text(one), re.DOTALL) is not None


def _match(one: Any, pattern: Any) -> bool:
    classes = {"#": r"\d", "?": "[a-zA-Z]", ".": "."}
    made = "".join(classes.get(character, re.escape(character)) for character in str(pattern))
    return one is not _MISSING and re.fullmatch(made, str(one)) is not None


def _contains(one: Any, part: Any) -> bool:
    if isinstance(one, list):
        return any(_equal(element, part) for element in one)
    return one is not _MISSING and _text(part) in _text(one)


def _contains_key(one: Any, key: Any) -> bool:
    return isinstance(one, dict) and _text(key) in {name.lower() for name in one}


def _exists_or_not(one: Any, wanted: Any) -> bool:
    return (one is not _MISSING) == (_text(wanted) == "true")


def _in(one: Any, listed: Any) -> bool:
    return any(_equal(one, other) for other in listed)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def holds(one: Any, other: Any) -> bool:
        if one is _MISSING:
            return False
        try:
            return compare(float(one), float(other))
        except (TypeError, ValueError):
            return compare(_text(one), _text(other))

    return holds


_POSITIVE: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": _equal,
    "like": _like,
    "match": _match,
    "matchinsensitively": lambda one, pattern: _match(None if one is None else _text(one), _text(pattern)),
    "contains": _contains,
    "in": _in,
    "containskey": _contains_key,
}


def _negated(operator: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: not operator(one, other)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    **_POSITIVE,
    **{f"not{name}": _negated(operator) for name, operator in _POSITIVE.items()},
    "exists": _exists_or_not,
    "less": _ordered(lambda one, other: one < other),
    "lessorequals": _ordered(lambda one, other: one <= other),
    "greater": _ordered(lambda one, other: one > other),
    "greaterorequals": _ordered(lambda one, other: one >= other),
}


def _types(condition: Any) -> Iterable[str]:
    """Yield what a condition compares the field ``type`` with."""
    if isinstance(condition, list):
        for one in condition:
            yield from _types(one)
    if not isinstance(condition, dict):
        return
    if str(condition.get("field")).lower() == "type":
        for key in ("equals", "in", "like"):
            given = condition.get(key, [])
            yield from (str(one).lower() for one in (given if isinstance(given, list) else [given]))
    for one in condition.values():
        yield from _types(one)


def _is_beside(wanted: Json, scope: _Scope, resources: Sequence[Json]) -> bool:
    """Whether what a definition wants beside a resource is there, as it wants it."""
    condition: Json = wanted.get("as") or {"allOf": []}
    return any(_holds(condition, scope.of(one)) for one in _related(wanted, scope, resources))


def _related(wanted: Json, scope: _Scope, resources: Sequence[Json]) -> Iterable[Json]:
    """Yield the resources of the wanted type that belong to the resource: itself, what lies in it or extends it."""
    kind, own = str(wanted["type"]), scope.resource
    name = scope.resolved(wanted.get("name"))
    if kind.lower() == str(own["type"]).lower():
        yield own
        return
    for one in resources:
        is_inside = str(one["id"]).lower().startswith(f"{own['id']}/".lower())
        if is_inside and str(one["type"]).lower() == kind.lower() and (name is None or _equal(one["name"], name)):
            yield one
    # Connections of private endpoints are shown as a part of what they lead to.
    if kind.lower().startswith(f"{own['type']}/".lower()):
        for shown in scope.values(f"{kind}[*]"):
            yield {"type": kind, **shown}
