"""Templates: parameters, variables, and the resources to deploy in their order. Pure."""

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from llama_azure_core._facts import load_facts
from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.templates.expressions import (
    Evaluator,
    Functions,
    TemplateError,
    UnsupportedTemplateError,
    calls,
    is_expression,
)
from llama_azure_sandbox.arm.templates.functions import DeploymentScope, pure_functions
from llama_azure_sandbox.arm.templates.parameters import (
    SECURE,
    not_found,
    parameter_values,
    require_type,
    require_types,
)
from llama_azure_sandbox.arm.templates.work import Work, shortened

NESTED_TYPE = "Microsoft.Resources/deployments"

_LIMITS: Mapping[str, int] = load_facts("resource_manager")["templates"]
# What directs the deployment and is no part of the resource.
_DIRECTIONS = {"type", "apiVersion", "name", "condition", "copy", "dependsOn", "resources", "comments", "metadata",
               "subscriptionId", "resourceGroup", "scope"}  # fmt: skip
_SECTIONS = {"$schema", "contentVersion", "languageVersion", "parameters", "variables", "resources", "outputs",
             "metadata", "functions", "definitions", "imports", "extensions", "apiProfile"}  # fmt: skip
_UNSUPPORTED_SECTIONS = {
    "functions": "user-defined functions",
    "definitions": "user-defined types (definitions; languageVersion 2.0)",
    "imports": "extensions (imports)",
    "extensions": "extensions",
    "apiProfile": "API profiles",
}
_UNSUPPORTED_OF_RESOURCES = {
    "existing": "existing resources (languageVersion 2.0)",
    "import": "extensions (import)",
    "extension": "extensions",
    "@options": "options of resources (@options; languageVersion 2.0)",
}
_OTHER_SCOPES = ("subscriptionDeploymentTemplate", "managementGroupDeploymentTemplate", "tenantDeploymentTemplate")
_SYMBOLIC = (
    "symbolic names (resources as an object), a part of languageVersion 2.0 which Bicep uses for newer features,"
)

_P = ParamSpec("_P")
_R = TypeVar("_R")


class NotYetError(Exception):
    """An expression looks at a resource before there is one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One resource of a template that is to be deployed."""

    id: str
    type: str
    api_version: str
    depends_on: tuple[str, ...]
    """Ids of other steps."""
    source: Json
    """The resource as the template has it, unevaluated."""
    loop: tuple[str, int] | None = None
    """The copy loop that makes it, and which turn of it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A resource of the template, with its children's place in it read."""

    source: Json
    kind: str
    name: str
    parent: "_Found | None"
    loop: tuple[str, int] | None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}".lower()


def _bounded(work: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn what Python raises of deep recursion into an error of the template; its own bounds come first."""

    @functools.wraps(work)
    def bounded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return work(*args, **kwargs)
        except RecursionError:
            raise TemplateError("The template is nested too deep.") from None

    return bounded


class Template:
    """One template at one place with its parameters. It counts the work that it makes, and ends at a bound."""

    @_bounded
    def __init__(
        self, source: Any, given: Json, place: DeploymentScope, *, name: str = "", environment: Json | None = None
    ) -> None:
        """Take a template as it was sent.

        Args:
            source: the template.
            given: the values of its parameters, by name; ``None`` is as good as not given.
            place: where it is deployed.
            name: of the deployment.
            environment: what ``environment()`` tells of the cloud.

        Raises:
            TemplateError: it is none, or a parameter is missing or wrong.
        """
        self._source = _checked(source)
        self._place = place
        self._work = Work()
        properties = {"templateHash": _hash(source), "mode": "Incremental", "provisioningState": "Running"}
        shown = {"name": name, "properties": {"template": source, "parameters": given, **properties}}
        base: Functions = {
            **pure_functions(place, self._work),
            "deployment": lambda: shown,
            "environment": lambda: environment or {},
            "reference": _refuse_lookup("reference"),
            "list*": lambda called, *_arguments: _refuse_lookup(called)(),
        }
        require_types("parameter", self._section("parameters"))
        require_types("output", self._section("outputs"))
        self.parameters = parameter_values(self._section("parameters"), given, Evaluator(base, self._work))
        by_name = {name.lower(): value for name, value in self.parameters.items()}

        def parameter(asked: Any) -> Any:
            if str(asked).lower() not in by_name:
                raise not_found("parameter", asked)
            return by_name[str(asked).lower()]

        plain = Evaluator({**base, "parameters": parameter}, self._work)  # variables look at no resource
        variables = _Variables(self._section("variables"), plain)
        self._base = plain.functions = {**plain.functions, "variables": variables.value}
        self._steps: dict[str, Step] | None = None
        self._by_name: Mapping[str, list[str]] = {}
        self._bodies: dict[str, Json] = {}

    @_bounded
    def steps(self) -> list[Step]:
        """Return what is to be deployed: children beside their parents, without what a condition leaves out.

        Whatever can be evaluated before the first resource is there is evaluated, so that a mistake is told at once.

        Raises:
            TemplateError: a resource is malformed.
        """
        if self._steps is None:
            steps, evaluator = self._planned(), self._evaluator(_NOT_YET)
            for step in steps:
                try:
                    self._bodies[step.id] = self._body(step, evaluator)
                except NotYetError:
                    continue
            for name, output in self._section("outputs").items():
                with contextlib.suppress(NotYetError):
                    self._output(name, output, evaluator)
            self._steps = {step.id: step for step in steps}
        return list(self._steps.values())

    @_bounded
    def body(self, step: Step, resources: Functions) -> Json:
        """Return the body with which a step's resource is put, evaluated.

        Args:
            step: one of ``steps()``.
            resources: the functions that look at resources, such as ``reference``.

        Raises:
            TemplateError: an expression cannot be evaluated.
        """
        known = self._bodies.get(step.id)
        return self._body(step, self._evaluator(resources)) if known is None else known

    @_bounded
    def outputs(self, resources: Functions) -> Json:
        """Return the template's outputs, evaluated; secure ones without their values.

        Raises:
            TemplateError: an expression cannot be evaluated, or gives another type than the output's.
        """
        evaluator = self._evaluator(resources)
        found: Json = {}
        for name, output in self._section("outputs").items():
            if _condition(evaluator, output):
                value = self._output(name, output, evaluator)
                shown = {} if output["type"].lower() in SECURE else {"value": value}
                found[name] = {"type": output["type"], **shown}
        self._work.weigh(found)
        return found

    def _output(self, name: str, output: Json, evaluator: Evaluator) -> Any:
        """Return an output's value; ``None`` where its condition leaves it out."""
        if not _condition(evaluator, output):
            return None
        loop = output.get("copy")
        if isinstance(loop, dict):
            value: Any = evaluator.copies(name, loop.get("count"), loop.get("input"))
        elif "value" in output:
            value = evaluator.resolve(output["value"])
        else:
            raise TemplateError(f"The template output '{shortened(name)}' has no value.")
        require_type("output", name, output["type"], value)
        return value

    def shown_parameters(self) -> Json:
        """Return the parameters as a deployment shows them: secure ones without their values."""
        declared = self._section("parameters")
        return {
            name: {"type": kind} if kind.lower() in SECURE else {"type": kind, "value": self.parameters[name]}
            for name, kind in ((name, one["type"]) for name, one in declared.items())
        }

    def step_of(self, asked: str) -> Step | None:
        """Return the step that a name or an id in an expression means."""
        self.steps()
        wanted = self._by_name.get(asked.lower().strip("/"), [""])
        return (self._steps or {}).get(wanted[0])

    def _section(self, name: str) -> Json:
        section: Json = self._source.get(name) or {}
        return section

    def _evaluator(self, resources: Functions) -> Evaluator:
        return Evaluator({**self._base, **resources}, self._work)

    def _planned(self) -> list[Step]:
        evaluator = self._evaluator({})
        flat: list[_Found] = []
        for resource in self._source["resources"]:
            self._flatten(resource, evaluator, None, flat)
        ids = [self._id(one, evaluator) for one in flat]
        index = _Index(flat, ids)
        self._by_name = index.by_name
        steps, seen = [], set()
        for one, own in zip(flat, ids, strict=True):
            with evaluator.turn(one.loop):
                if not _condition(evaluator, one.source):
                    continue
                if own.lower() in seen:
                    raise TemplateError(f"The resource '{shortened(own)}' is defined multiple times in a template.")
                seen.add(own.lower())
                depends_on = self._dependencies(one, own, evaluator, index)
            version = evaluator.resolve(one.source["apiVersion"])
            steps.append(Step(own, _shown_type(one), str(version), tuple(sorted(depends_on)), one.source, one.loop))
        there = {step.id for step in steps}
        return [
            Step(s.id, s.type, s.api_version, tuple(d for d in s.depends_on if d in there), s.source, s.loop)
            for s in steps
        ]

    def _dependencies(self, one: _Found, own: str, evaluator: Evaluator, index: "_Index") -> set[str]:
        """Return the ids that a resource waits for: as it says, its parent, and what it looks at by name."""
        wanted = evaluator.resolve(one.source.get("dependsOn") or [])
        if not isinstance(wanted, list):
            raise TemplateError(f"The dependsOn of the resource '{shortened(one.name)}' must be an array.")
        found: set[str] = set()
        for each in wanted:
            if not isinstance(each, str) or each.lower().strip("/") not in index.by_name:
                raise TemplateError(f"The resource '{shortened(str(each))}' is not defined in the template.")
            found.update(index.by_name[each.lower().strip("/")])
        if one.parent is not None:
            found.update(index.by_name[one.parent.key])
        batch = _batch(one.source)
        if batch and one.loop is not None and one.loop[1] >= batch:
            first = (one.loop[1] // batch - 1) * batch
            found.update(index.by_loop[one.loop[0]][first : first + batch])
        kept = {key: value for key, value in one.source.items() if key not in _DIRECTIONS}
        for text in _expressions(kept):
            for name in calls(text, lambda name: name == "reference" or name.startswith("list")):
                self._work.spend(len(name))
                try:
                    asked = evaluator.resolve(name)
                except (TemplateError, NotYetError):
                    continue  # told when it is evaluated
                if isinstance(asked, str) and not asked.startswith("/"):
                    found.update(index.by_name.get(asked.lower(), ()))
        return found - {own}

    def _flatten(self, resource: Any, evaluator: Evaluator, parent: _Found | None, found: list[_Found]) -> None:
        """Add a resource and its children to ``found``, each with its full type and its full name.

        A condition is not inherited (so says the reference of the template language).
        """
        _require_resource(resource)
        loop = resource.get("copy")
        if loop is None:
            self._add(resource, evaluator, parent, parent.loop if parent is not None else None, found)
            return
        if parent is not None:
            raise TemplateError("A child resource cannot have a copy loop; a resource of its own can.")
        if not isinstance(loop, dict) or not isinstance(loop.get("name"), str) or "count" not in loop:
            raise TemplateError("The copy of a resource needs a name and a count.")
        for index in range(evaluator.count(loop["name"], loop["count"])):
            self._add(resource, evaluator, None, (loop["name"].lower(), index), found)

    def _add(
        self,
        resource: Json,
        evaluator: Evaluator,
        parent: _Found | None,
        loop: tuple[str, int] | None,
        found: list[_Found],
    ) -> None:
        with evaluator.turn(loop):
            own_type, own_name = str(evaluator.resolve(resource["type"])), evaluator.resolve(resource["name"])
        if not isinstance(own_name, str) or not own_name:
            raise TemplateError(
                f"The name of a resource of the type '{shortened(own_type)}' is not a string, or empty."
            )
        kind, name = own_type, own_name
        if parent is not None:
            kind = own_type if own_type.lower().startswith(f"{parent.kind}/".lower()) else f"{parent.kind}/{own_type}"
            name = own_name if own_name.lower().startswith(f"{parent.name}/".lower()) else f"{parent.name}/{own_name}"
        one = _Found(resource, kind, name, parent, loop)
        found.append(one)
        if len(found) > _LIMITS["resources"]:
            raise TemplateError(
                f"The number of template resources limit exceeded. Limit: '{_LIMITS['resources']}' and more."
            )
        children = resource.get("resources") or []
        if not isinstance(children, list):
            raise UnsupportedTemplateError(_SYMBOLIC)
        for child in children:
            self._flatten(child, evaluator, one, found)

    def _id(self, one: _Found, evaluator: Evaluator) -> str:
        names = one.name.split("/")
        if len(one.kind.split("/")) != len(names) + 1 or "" in (*one.kind.split("/"), *names):
            raise TemplateError(
                f"The name '{shortened(one.name)}' does not have as many parts as the type '{shortened(one.kind)}'."
            )
        with evaluator.turn(one.loop):
            place = {
                key: evaluator.resolve(one.source.get(key)) for key in ("scope", "subscriptionId", "resourceGroup")
            }
        # azure-ai-ml sends null where the resource's condition is false.
        place = {key: value for key, value in place.items() if value not in (None, "")}
        for key, value in place.items():
            if not isinstance(value, str):
                raise TemplateError(f"The {key} of the resource '{shortened(one.name)}' must be a string.")
        subscription = place.get("subscriptionId", self._place.subscription)
        group = str(resource_group_id(subscription, place.get("resourceGroup", self._place.group)))
        if "subscriptionId" in place and "resourceGroup" not in place:
            raise UnsupportedTemplateError("deployments to a subscription (subscriptionId without resourceGroup)")
        return str(ResourceId.of(_scope(place["scope"], group) if "scope" in place else group, one.kind, *names))

    def _body(self, step: Step, evaluator: Evaluator) -> Json:
        kept = {key: value for key, value in step.source.items() if key not in _DIRECTIONS}
        with evaluator.turn(step.loop):
            if step.type.lower() == NESTED_TYPE.lower():
                return {"properties": _nested(kept.get("properties"), evaluator)}
            body: Json = evaluator.resolve(kept)
        return body


class _Variables:
    """The variables of a template, each evaluated when it is first asked for, and not again."""

    def __init__(self, declared: Json, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._declared = {name.lower(): value for name, value in declared.items() if name != "copy"}
        loops = declared.get("copy", [])
        if not isinstance(loops, list) or not all(
            isinstance(one, dict) and {"name", "count", "input"} <= one.keys() for one in loops
        ):
            raise TemplateError("The copy of variables must be an array of loops with a name, a count and an input.")
        self._loops = {str(one["name"]).lower(): one for one in loops}
        self._values: dict[str, Any] = {}
        self._running: set[str] = set()

    def value(self, asked: Any) -> Any:
        name = str(asked).lower()
        if name in self._values:
            return self._values[name]
        if name in self._running:
            raise TemplateError(f"The template variable '{shortened(str(asked))}' depends on itself.")
        self._running.add(name)
        try:
            if name in self._loops:
                loop = self._loops[name]
                value: Any = self._evaluator.copies(str(loop["name"]), loop["count"], loop["input"])
            elif name in self._declared:
                value = self._evaluator.resolve(self._declared[name])
            else:
                raise not_found("variable", asked)
        finally:
            self._running.discard(name)
        self._values[name] = value
        return value


class _Index:
    """What ``dependsOn`` and ``reference`` may call a resource: its id, its type and name, its name, or its loop."""

    def __init__(self, found: list[_Found], ids: list[str]) -> None:
        self.by_name: dict[str, list[str]] = {}
        self.by_loop: dict[str, list[str]] = {}
        for one, own in zip(found, ids, strict=True):
            parts = one.key.split("/")
            names = {own.lower().strip("/"), own.lower().split("/providers/", 1)[-1]}
            names |= {"/".join(parts[i:]) for i in range(len(parts))}
            for name in names:
                # The first of a name is meant, unless a whole id says which.
                self.by_name.setdefault(name, [own])
            self.by_name[own.lower().strip("/")] = [own]
            if one.loop is not None and one.parent is None:
                self.by_loop.setdefault(one.loop[0], []).append(own)
        for loop, members in self.by_loop.items():
            self.by_name[loop] = members


def _checked(source: Any) -> Json:
    if not isinstance(source, dict):
        raise TemplateError("The template must be an object with a list of resources.")
    _require_supported(source)
    if not isinstance(source.get("resources"), list):
        raise TemplateError("The template must be an object with a list of resources.")
    unknown = source.keys() - _SECTIONS
    if unknown:
        raise TemplateError(f"Could not find member '{shortened(min(unknown))}' on object of type 'Template'.")
    for section in ("parameters", "variables", "outputs"):
        found = source.get(section) or {}
        if not isinstance(found, dict):
            raise TemplateError(f"The {section} of the template must be an object.")
        if len(found) > _LIMITS[section]:
            raise TemplateError(
                f"The number of template {section} limit exceeded. Limit: '{_LIMITS[section]}' and actual: "
                f"'{len(found)}'."
            )
    return source


def _require_supported(source: Json) -> None:
    version = source.get("languageVersion")
    if version not in (None, "1.0"):
        what = "symbolic names, user-defined types, nullable parameters"
        raise UnsupportedTemplateError(f"languageVersion {shortened(str(version))} ({what})")
    if isinstance(source.get("resources"), dict):
        raise UnsupportedTemplateError(_SYMBOLIC)
    schema = str(source.get("$schema")).lower()
    if any(one.lower() in schema for one in _OTHER_SCOPES):
        shown = shortened(schema.rsplit("/", 1)[-1])
        raise UnsupportedTemplateError(f"templates for more than a resource group ({shown})")
    for section, what in _UNSUPPORTED_SECTIONS.items():
        if source.get(section):
            raise UnsupportedTemplateError(what)


def _require_resource(resource: Any) -> None:
    if not isinstance(resource, dict):
        raise TemplateError("Each resource of a template is an object.")
    for key, what in _UNSUPPORTED_OF_RESOURCES.items():
        if key in resource:
            raise UnsupportedTemplateError(what)
    if not all(isinstance(resource.get(key), str) for key in ("type", "name", "apiVersion")):
        raise TemplateError("Each resource of a template needs a type, a name and an apiVersion.")


def _condition(evaluator: Evaluator, source: Json) -> bool:
    value = evaluator.resolve(source.get("condition", True))
    if not isinstance(value, bool):
        raise TemplateError(f"A condition of the template is not a boolean, but '{shortened(str(value))}'.")
    return value


def _nested(properties: Any, evaluator: Evaluator) -> Json:
    """Return the properties of a nested deployment: its template evaluated, unless it is to be in there."""
    if not isinstance(properties, dict):
        raise TemplateError("A nested deployment needs properties with a template.")
    for key in ("templateLink", "parametersLink"):
        if properties.get(key):
            raise UnsupportedTemplateError(f"template links ({key})")
    options = properties.get("expressionEvaluationOptions") or {}
    inner = isinstance(options, dict) and str(options.get("scope", "outer")).lower() == "inner"
    template = properties.get("template")
    return {
        "parameters": evaluator.resolve(properties.get("parameters") or {}),
        "mode": properties.get("mode", "Incremental"),
        "template": template if inner else evaluator.resolve(template),
    }


def _batch(resource: Json) -> int:
    """Return how many copies may be made at once, 0 for all."""
    loop = resource.get("copy")
    if not isinstance(loop, dict) or str(loop.get("mode", "parallel")).lower() != "serial":
        return 0
    size = loop.get("batchSize", 1)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise TemplateError("The batchSize of a copy loop must be an integer of 1 or more.")
    return size


def _scope(scope: str, group: str) -> str:
    """Return the id of what an extension resource extends, which a template may also write without its beginning."""
    if scope.startswith("/subscriptions/"):
        return scope.rstrip("/")
    if scope.strip("/") == "" or scope.lower().startswith(("microsoft.management/", "/providers/", "/tenants/")):
        raise UnsupportedTemplateError(f"the scope '{shortened(scope)}' (a tenant or a management group)")
    return f"{group}/providers/{scope.strip('/')}"


def _shown_type(one: _Found) -> str:
    """Return a resource's type; of an extension that is named through what it extends, its own."""
    types, names = one.kind.split("/"), one.name.split("/")
    for index in range(len(types) - 1, 1, -1):
        if types[index].lower() == "providers":
            return "/".join([names[index - 1], *types[index + 1 :]])
    return one.kind


def _expressions(value: Any) -> list[str]:
    """Return every expression in a value."""
    found, left = [], [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif is_expression(one) and ("reference" in one.lower() or "list" in one.lower()):
            found.append(one)
    return found


def _hash(source: Json) -> str:
    content = json.dumps(source, sort_keys=True, separators=(",", ":"))
    return str(int(hashlib.sha256(content.encode()).hexdigest()[:16], 16))


def _refuse_lookup(name: str) -> Callable[..., Any]:
    def refuse(*_arguments: Any) -> Any:
        raise TemplateError(
            f"The template function '{shortened(name)}' is not expected at this location: only a resource's properties "
            "and outputs may look at resources."
        )

    return refuse


def _raise_not_yet(*_arguments: Any) -> Any:
    raise NotYetError


_NOT_YET: Functions = {"reference": _raise_not_yet, "list*": _raise_not_yet}
