"""Templates: parameters with their defaults, variables, and the resources to deploy in their order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core.resource_ids import ResourceId, resource_group_id
from sandbox.arm.store import Json
from sandbox.arm.templates.expressions import Functions, TemplateError, Thunk, resolve
from sandbox.arm.templates.functions import Place, pure_functions

NESTED_TYPE = "Microsoft.Resources/deployments"

_SECURE = ("securestring", "secureobject")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "securestring": (str,),
    "int": (int,),
    "bool": (bool,),
    "object": (dict,),
    "secureobject": (dict,),
    "array": (list,),
}
# What directs the deployment and is no part of the resource.
_DIRECTIONS = {"type", "apiVersion", "name", "condition", "dependsOn", "resources", "comments", "subscriptionId",
               "resourceGroup", "scope"}  # fmt: skip
_UNKNOWN = {"copy": "copy loops", "scope": "the scope of a resource"}


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


class Template:
    """One template at one place with its parameters."""

    def __init__(self, source: Any, given: Json, place: Place) -> None:
        """Take a template as it was sent.

        Args:
            source: the template.
            given: the values of its parameters, by name; ``None`` is as good as not given.
            place: where it is deployed.

        Raises:
            TemplateError: it is none, or a parameter is missing or wrong.
        """
        if not isinstance(source, dict) or not isinstance(source.get("resources"), list):
            raise TemplateError("The template must be an object with a list of resources.")
        self._source = source
        self._place = place
        self._pure = pure_functions(place)
        self.parameters = self._parameters(given)

    def steps(self) -> list[Step]:
        """Return what is to be deployed: children beside their parents, without what a condition leaves out.

        Raises:
            TemplateError: a resource is malformed.
        """
        functions = self.functions({})
        flat: list[tuple[Json, str, str, str | None]] = []
        for resource in self._source["resources"]:
            _flatten(resource, functions, "", "", None, flat)
        ids = {}
        for resource, kind, name, _parent in flat:
            ids[f"{kind}/{name}".lower()] = self._id(resource, kind, name, functions)
        steps = []
        for resource, kind, name, parent in flat:
            if not resolve(resource.get("condition", True), functions):
                continue
            wanted = [str(one) for one in resolve(resource.get("dependsOn") or [], functions)]
            depends_on = {found for one in wanted if (found := _find(one, ids)) is not None}
            if parent is not None:
                depends_on.add(ids[parent])
            own = ids[f"{kind}/{name}".lower()]
            steps.append(Step(own, kind, str(resource["apiVersion"]), tuple(sorted(depends_on)), resource))
        return steps

    def body(self, step: Step, resources: Functions) -> Json:
        """Return the body with which a step's resource is put, evaluated.

        Args:
            step: one of ``steps()``.
            resources: the functions that look at resources, such as ``reference``.
        """
        functions = self.functions(resources)
        kept = {key: value for key, value in step.source.items() if key not in _DIRECTIONS}
        if step.type.lower() != NESTED_TYPE.lower():
            body: Json = resolve(kept, functions)
            return body
        properties = dict(kept["properties"])
        inner = (properties.get("expressionEvaluationOptions") or {}).get("scope", "outer").lower() == "inner"
        own = {"parameters": resolve(properties.get("parameters") or {}, functions), "mode": "Incremental"}
        template = properties.get("template")
        return {"properties": {**own, "template": template if inner else resolve(template, functions)}}

    def outputs(self, resources: Functions) -> Json:
        """Return the template's outputs, evaluated; secure ones without their values."""
        functions = self.functions(resources)
        found = {}
        for name, output in (self._source.get("outputs") or {}).items():
            if not resolve(output.get("condition", True), functions):
                continue
            secure = output["type"].lower() in _SECURE
            value = {} if secure else {"value": resolve(output["value"], functions)}
            found[name] = {"type": output["type"], **value}
        return found

    def shown_parameters(self) -> Json:
        """Return the parameters as a deployment shows them: secure ones without their values."""
        return {
            name: {"type": kind} if kind.lower() in _SECURE else {"type": kind, "value": self.parameters[name]}
            for name, kind in ((name, one["type"]) for name, one in self._declared().items())
        }

    def functions(self, resources: Functions) -> Functions:
        """Return every function that the template's expressions may call."""

        def parameter(name: Thunk) -> Any:
            return _named("parameter", name(), self.parameters)

        def variable(name: Thunk) -> Any:
            return resolve(_named("variable", name(), self._source.get("variables") or {}), functions)

        functions: dict[str, Any] = {**self._pure, **resources, "parameters": parameter, "variables": variable}
        return functions

    def _declared(self) -> Json:
        return self._source.get("parameters") or {}

    def _parameters(self, given: Json) -> Json:
        by_name = {name.lower(): value for name, value in given.items()}
        declared = self._declared()
        unknown = [name for name in given if name.lower() not in {one.lower() for one in declared}]
        if unknown:
            raise TemplateError(f"The following parameters were supplied, but do not correspond to any parameters "
                                f"defined in the template: '{', '.join(unknown)}'.")  # fmt: skip
        values: Json = {}
        for name, rules in declared.items():
            if by_name.get(name.lower()) is not None:  # azure-ai-ml sends null for what it leaves to the template
                values[name] = _as_allowed(by_name[name.lower()], rules)
            elif "defaultValue" in rules:
                values[name] = resolve(rules["defaultValue"], {**self._pure, "parameters": _earlier(values)})
            else:
                raise TemplateError(f"The value for the template parameter '{name}' is not provided.")
            _check(name, rules, values[name])
        return values

    def _id(self, resource: Json, kind: str, name: str, functions: Functions) -> str:
        subscription = resolve(resource.get("subscriptionId", self._place.subscription), functions)
        group = resolve(resource.get("resourceGroup", self._place.group), functions)
        try:
            return str(ResourceId.of(resource_group_id(subscription, group), kind, *name.split("/")))
        except ValueError as error:
            raise TemplateError(f"The name '{name}' does not have as many parts as the type '{kind}'.") from error


def _flatten(
    resource: Json,
    functions: Functions,
    parent_type: str,
    parent_name: str,
    parent: str | None,
    found: list[tuple[Json, str, str, str | None]],
) -> None:
    """Add a resource and its children to ``found``, each with its full type, its full name and its parent.

    A condition is not inherited (so says the reference of the template language).
    """
    for key, what in _UNKNOWN.items():
        if key in resource:
            raise TemplateError(f"This sandbox does not know {what} in a template.")
    if "type" not in resource or "name" not in resource or "apiVersion" not in resource:
        raise TemplateError("Each resource of a template needs a type, a name and an apiVersion.")
    own_type, own_name = str(resource["type"]), str(resolve(resource["name"], functions))
    kind = own_type if not parent_type or own_type.startswith(parent_type) else f"{parent_type}/{own_type}"
    name = own_name if not parent_name or own_name.startswith(f"{parent_name}/") else f"{parent_name}/{own_name}"
    found.append((resource, kind, name, parent))
    for child in resource.get("resources") or []:
        _flatten(child, functions, kind, name, f"{kind}/{name}".lower(), found)


def _find(wanted: str, ids: Mapping[str, str]) -> str | None:
    """Return the id of the step that ``dependsOn`` means: by its id, its type and name, or its name."""
    lowered = wanted.lower()
    for key, resource_id in ids.items():
        if lowered in (resource_id.lower(), key) or key.endswith(f"/{lowered}"):
            return resource_id
    return None


def _named(what: str, name: str, values: Mapping[str, Any]) -> Any:
    for key, value in values.items():
        if key.lower() == name.lower():
            return value
    raise TemplateError(f"The template {what} '{name}' is not found.")


def _earlier(values: Json) -> Any:
    return lambda name: _named("parameter", name(), values)


def _as_allowed(value: Any, rules: Json) -> Any:
    """Return a value in the spelling in which it is allowed.

    azure-ai-ml 1.35.2 sends a project's public access as ``PublicNetworkAccessType.ENABLED``, which is what Python
    calls the value ``Enabled``. Whether Azure takes that could not be verified.
    """
    if not isinstance(value, str) or value in rules.get("allowedValues", [value]):
        return value
    bare = value.rsplit(".", 1)[-1].lower()
    return next((one for one in rules["allowedValues"] if str(one).lower() == bare), value)


def _check(name: str, rules: Json, value: Any) -> None:
    wanted = _TYPES.get(str(rules["type"]).lower())
    if wanted is None:
        raise TemplateError(f"The template parameter '{name}' has the unknown type '{rules['type']}'.")
    if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
        raise TemplateError(
            f"The provided value for the template parameter '{name}' is not valid: expected a value of type "
            f"'{rules['type']}', but received one of '{type(value).__name__}'."
        )
    allowed = rules.get("allowedValues")
    if allowed is not None and value not in allowed:
        raise TemplateError(
            f"The provided value '{value}' for the template parameter '{name}' is not valid. "
            f"The parameter value is not part of the allowed value(s): '{','.join(map(str, allowed))}'."
        )
