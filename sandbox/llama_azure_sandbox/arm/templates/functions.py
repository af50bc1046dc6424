"""The functions of ARM templates that depend on nothing but their arguments and on where a template is deployed.

Source S111 describes each. Names are in lower case; what a template calls is compared without regard to case.
"""

import base64
import datetime as dt
import hashlib
import json
import re
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_core.resource_types import RESOURCE_GROUP
from llama_azure_sandbox.arm.json_content import parse_json
from llama_azure_sandbox.arm.templates.dates import add_duration, formatted, read_moment
from llama_azure_sandbox.arm.templates.expressions import Functions, TemplateError, UnsupportedTemplateError
from llama_azure_sandbox.arm.templates.work import Work, shortened
from llama_azure_sandbox.arm.world import TENANT_ID

# The namespace in which guid() names its arguments; Bicep's sources have it.
_GUID_NAMESPACE = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
_SUBSCRIPTION = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d{1,3})(?:,(-?\d{1,4}))?(?::([^{}]*))?\}|[{}]")
_INTEGERS = range(-(2**63), 2**63)
_LONGEST_RANGE = 10_000

# Functions of the language that this sandbox refuses by name.
_UNSUPPORTED: Mapping[str, str] = {
    **dict.fromkeys(
        ("lambda", "lambdavariables", "filter", "map", "mapvalues", "reduce", "sort", "groupby", "toobject"),
        "lambda expressions, which the function '{}' needs",
    ),
    **dict.fromkeys(
        (
            "cidrhost", "cidrsubnet", "deployer", "externalinput", "managementgroup", "managementgroupresourceid",
            "parsecidr", "pickzones", "providers", "references", "roledefinitions", "toLogicalZone".lower(),
            "toLogicalZones".lower(), "toPhysicalZone".lower(), "toPhysicalZones".lower(), "buildUri".lower(),
        ),
        "the function '{}'",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeploymentScope:
    """Where a template is deployed."""

    subscription: str
    group: str
    location: str
    """Of the resource group."""


def pure_functions(place: DeploymentScope, work: Work) -> Functions:
    """Return the functions that need no resource, parameter or variable.

    Args:
        place: where the template is deployed.
        work: what is left to the template; functions that make more than they take ask it first.
    """
    group_id = f"/subscriptions/{place.subscription}/resourceGroups/{place.group}"
    text = _TextFunctions(work)
    return {
        **{name: _refusing(what.format(name)) for name, what in _UNSUPPORTED.items()},
        "add": lambda one, other: _integer(_number(one) + _number(other)),
        "array": lambda value: value if isinstance(value, list) else [value],
        "base64": lambda value: base64.b64encode(_text(value).encode()).decode(),
        "base64tojson": lambda value: _json(base64.b64decode(_text(value), validate=True).decode()),
        "base64tostring": lambda value: base64.b64decode(_text(value), validate=True).decode(),
        "bool": _bool,
        "concat": _concat,
        "contains": _contains,
        "createarray": lambda *items: list(items),
        "createobject": lambda *items: {_text(k): v for k, v in zip(items[0::2], items[1::2], strict=True)},
        "datauri": lambda value: (
            f"data:text/plain;charset=utf8;base64,{base64.b64encode(_text(value).encode()).decode()}"
        ),
        "datauritostring": _data_uri_to_string,
        "datetimeadd": lambda base, duration, shape=None: formatted(
            add_duration(read_moment(_text(base)), _text(duration)), shape
        ),
        "datetimefromepoch": lambda seconds: formatted(dt.datetime.fromtimestamp(_number(seconds), dt.UTC), "s") + "Z",
        "datetimetoepoch": lambda moment: int(read_moment(_text(moment)).timestamp()),
        "div": lambda one, other: _integer(_quotient(_number(one), _number(other))),
        "empty": lambda value: value is None or value in ("", [], {}),
        "endswith": lambda value, end: _text(value).lower().endswith(_text(end).lower()),
        "equals": _equals,
        "extensionresourceid": lambda base, kind, *names: _id_of(_text(base).rstrip("/"), _text(kind), names),
        "fail": _fail,
        "false": lambda: False,
        "first": lambda value: value[0] if value != "" else "",
        "flatten": lambda values: [item for one in _list(values) for item in (one if isinstance(one, list) else [one])],
        "float": _float,
        "format": text.format,
        "greater": lambda one, other: _comparable(one, other) > 0,
        "greaterorequals": lambda one, other: _comparable(one, other) >= 0,
        "guid": lambda *names: str(uuid.uuid5(_GUID_NAMESPACE, "-".join(map(_text, names)))),
        "indexfromend": lambda values, index: _list(values)[-_positive(index)],
        "indexof": _index_of,
        "int": lambda value: _integer(int(value) if isinstance(value, int | float) else int(_text(value))),
        "intersection": _intersection,
        "items": _items,
        "join": text.join,
        "json": _json,
        "last": lambda value: value[-1] if value != "" else "",
        "lastindexof": _last_index_of,
        "length": len,
        "less": lambda one, other: _comparable(one, other) < 0,
        "lessorequals": lambda one, other: _comparable(one, other) <= 0,
        "max": lambda *values: max(_numbers(values)),
        "min": lambda *values: min(_numbers(values)),
        "mod": lambda one, other: _remainder(_number(one), _number(other)),
        "mul": lambda one, other: _integer(_number(one) * _number(other)),
        "newguid": _only_in_defaults("newGuid"),
        "not": lambda value: not _condition(value),
        "null": lambda: None,
        "objectkeys": lambda value: sorted(_object(value)),
        "padleft": text.pad_left,
        "range": text.range,
        "replace": text.replace,
        "resourcegroup": lambda: {
            "id": group_id,
            "name": place.group,
            "type": RESOURCE_GROUP,
            "location": place.location,
            "tags": {},
            "properties": {"provisioningState": "Succeeded"},
        },
        "resourceid": lambda *parts: resource_id(place, tuple(map(_text, parts))),
        "shallowmerge": lambda values: {key: item for one in _list(values) for key, item in _object(one).items()},
        "skip": lambda value, count: _sequence(value)[max(_number(count), 0) :],
        "split": _split,
        "startswith": lambda value, start: _text(value).lower().startswith(_text(start).lower()),
        "string": as_text,
        "sub": lambda one, other: _integer(_number(one) - _number(other)),
        "subscription": lambda: {
            "id": f"/subscriptions/{place.subscription}",
            "subscriptionId": place.subscription,
            "tenantId": TENANT_ID,
            "displayName": "Sandbox",
        },
        "subscriptionresourceid": lambda *parts: _subscription_resource_id(place, tuple(map(_text, parts))),
        "substring": _substring,
        "take": lambda value, count: _sequence(value)[: max(_number(count), 0)],
        "tenant": lambda: {"tenantId": TENANT_ID, "id": f"/tenants/{TENANT_ID}", "displayName": "Sandbox"},
        "tenantresourceid": lambda kind, *names: _id_of("", _text(kind), names),
        "tolower": lambda value: _text(value).lower(),
        "toupper": lambda value: _text(value).upper(),
        "trim": lambda value: _text(value).strip(),
        "true": lambda: True,
        "tryget": _try_get,
        "tryindexfromend": lambda values, index: _list(values)[-_positive(index)] if index <= len(values) else None,
        "union": _union,
        "uniquestring": unique_string,
        "uri": lambda base, relative: urllib.parse.urljoin(_text(base), _text(relative)),
        "uricomponent": lambda value: urllib.parse.quote(_text(value), safe="-_.~"),
        "uricomponenttostring": lambda value: urllib.parse.unquote(_text(value)),
        "utcnow": _only_in_defaults("utcNow"),
    }


def default_value_functions() -> Functions:
    """Return the functions that only the default value of a parameter may call: each answers otherwise every time."""
    return {
        "newguid": lambda: str(uuid.uuid4()),
        "utcnow": lambda shape="yyyyMMddTHHmmssZ": formatted(dt.datetime.now(dt.UTC), shape),
    }


def unique_string(*parts: Any) -> str:
    """Return 13 characters that depend on the arguments alone. Azure's differ: its hash is another one."""
    digest = hashlib.sha256("\0".join(map(_text, parts)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:13]


def resource_id(place: DeploymentScope, parts: tuple[str, ...]) -> str:
    """Return the id of ``resourceId([subscription], [group], type, name, …)``.

    Raises:
        TemplateError: there are more or fewer names than the type has.
    """
    index = next((i for i, part in enumerate(parts) if "/" in part), None)
    if index is None or index > 2:
        given = shortened(", ".join(parts))
        raise TemplateError(f"The template function 'resourceId' needs a resource type, not {given}.")
    subscription = parts[0] if index == 2 or (index == 1 and _SUBSCRIPTION.fullmatch(parts[0])) else place.subscription
    group = parts[index - 1] if index == 2 or (index == 1 and subscription == place.subscription) else place.group
    return _id_of(resource_group_id(subscription, group), parts[index], parts[index + 1 :])


def as_text(value: Any) -> str:
    """Return a value as ``string`` makes a text of it: JSON without spaces, and texts as they are."""
    match value:
        case str():
            return value
        case bool():
            return str(value)  # True and False, as .NET writes them
        case None:
            return ""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class _TextFunctions:
    """Functions that can make far more than they are given."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def format(self, pattern: Any, *values: Any) -> str:
        made: list[str] = []
        position = length = 0
        pattern = _text(pattern)
        for match in _PLACEHOLDER.finditer(pattern):
            made += (pattern[position : match.start()], self._placed(match, values))
            position, length = match.end(), length + len(made[-1])
            self._work.require_size(length)
        return "".join([*made, pattern[position:]])

    def join(self, values: Any, separator: Any) -> str:
        texts, between = [as_text(one) for one in _list(values)], _text(separator)
        self._work.require_size(sum(map(len, texts)) + len(texts) * len(between))
        return between.join(texts)

    def pad_left(self, value: Any, length: Any, sign: Any = " ") -> str:
        if len(_text(sign)) != 1:
            raise ValueError("the padding is one character")
        self._work.require_size(_number(length))
        return as_text(value).rjust(_number(length), _text(sign))

    def range(self, start: Any, count: Any) -> list[int]:
        first, many = _number(start), _number(count)
        if not 0 <= many <= _LONGEST_RANGE:
            raise ValueError(f"the count is from 0 to {_LONGEST_RANGE}")
        self._work.spend(many)
        return list(range(first, first + many))

    def replace(self, value: Any, old: Any, new: Any) -> str:
        text, wanted, instead = _text(value), _text(old), _text(new)
        if not wanted:
            raise ValueError("the text to be replaced is empty")
        self._work.require_size(len(text) + text.count(wanted) * len(instead))
        return text.replace(wanted, instead)

    def _placed(self, match: re.Match[str], values: tuple[Any, ...]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        if match[1] is None:
            raise ValueError("the braces of the format do not pair")
        text = _shaped(values[int(match[1])], match[3])
        width = int(match[2] or 0)
        return text.ljust(-width) if width < 0 else text.rjust(width)


def _shaped(value: Any, shape: str | None) -> str:
    """Return a value as a placeholder of .NET's composite formatting shows it."""
    if not shape:
        return as_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        kind, digits = shape[0].upper(), shape[1:]
        if digits == "" or (digits.isdecimal() and len(digits) <= 2):
            many = int(digits or 0)
            if kind == "D" and isinstance(value, int):
                return ("-" if value < 0 else "") + str(abs(value)).rjust(many, "0")
            if kind == "X" and isinstance(value, int):
                shown = f"{value % 2**64:X}".rjust(many, "0")
                return shown if shape[0] == "X" else shown.lower()
            if kind == "F":
                return f"{value:.{many if digits else 2}f}"
            if kind == "N":
                return f"{value:,.{many if digits else 2}f}"
        if set(shape) == {"0"}:
            return f"{value:.0f}".rjust(len(shape), "0")
    raise UnsupportedTemplateError(f"the format '{shortened(shape)}' of the function 'format'")


def _refusing(what: str) -> Callable[..., Any]:
    def refuse(*_arguments: Any) -> Any:
        raise UnsupportedTemplateError(what)

    return refuse


def _only_in_defaults(name: str) -> Callable[..., Any]:
    def refuse(*_arguments: Any) -> Any:
        raise TemplateError(
            f"The template function '{name}' is not expected at this location: only the default value of a parameter "
            "may call it."
        )

    return refuse


def _subscription_resource_id(place: DeploymentScope, parts: tuple[str, ...]) -> str:
    named = parts[0] if "/" not in parts[0] else place.subscription
    kind, *names = parts if "/" in parts[0] else parts[1:]
    return _id_of(f"/subscriptions/{named}", kind, tuple(names))


def _id_of(scope: str | ResourceId, kind: str, names: tuple[Any, ...]) -> str:
    try:
        return str(ResourceId.of(scope, kind, *map(_text, names)))
    except ValueError as error:
        raise TemplateError(shortened(str(error))) from error


def _text(value: Any) -> str:
    """Return a text, or a number or boolean as one, as functions take them in a text's place."""
    if isinstance(value, str | int | float):
        return as_text(value)
    raise TypeError(f"a string is needed, not {_kind(value)}")


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"an integer is needed, not {_kind(value)}")


def _positive(value: Any) -> int:
    if _number(value) < 1:
        raise ValueError("the index from the end begins with 1")
    return _number(value)


def _integer(value: int) -> int:
    if value not in _INTEGERS:
        raise ValueError("the result is not an integer of 64 bits")
    return value


def _numbers(values: tuple[Any, ...]) -> list[int]:
    return [_number(one) for one in (values[0] if len(values) == 1 and isinstance(values[0], list) else values)]


def _float(value: Any) -> float:
    made = float(value)
    if made - made != 0:  # neither NaN nor infinite
        raise ValueError("the number is not finite")
    return made


def _quotient(one: int, other: int) -> int:
    """Divide towards zero, as .NET does."""
    whole = abs(one) // abs(other)
    return whole if (one < 0) == (other < 0) else -whole


def _remainder(one: int, other: int) -> int:
    return one - other * _quotient(one, other)


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise TypeError(f"an array is needed, not {_kind(value)}")


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise TypeError(f"an object is needed, not {_kind(value)}")


def _sequence(value: Any) -> Any:
    if isinstance(value, str | list):
        return value
    raise TypeError(f"a string or an array is needed, not {_kind(value)}")


def _condition(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"a boolean is needed, not {_kind(value)}")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer"}
    return names.get(type(value), "null" if value is None else "a number")


def _bool(value: Any) -> bool:
    if isinstance(value, bool | int):
        return bool(value)
    found = {"true": True, "1": True, "false": False, "0": False}.get(_text(value).lower())
    if found is None:
        raise ValueError("it is neither true nor false")
    return found


def _json(value: Any) -> Any:
    return parse_json(_text(value))


def _fail(message: Any = "") -> Any:
    raise TemplateError(f"The template function 'fail' was called: {shortened(_text(message))}")


def _data_uri_to_string(value: Any) -> str:
    head, comma, data = _text(value).partition(",")
    if not head.startswith("data:") or not comma:
        raise ValueError("it is not a data URI")
    return base64.b64decode(data, validate=True).decode() if head.endswith(";base64") else urllib.parse.unquote(data)


def _concat(*parts: Any) -> Any:
    if any(isinstance(part, list) for part in parts):
        return [item for part in parts for item in _list(part)]
    return "".join(_text(part) for part in parts)


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, dict):
        return _text(item).lower() in {key.lower() for key in container}
    if isinstance(container, str):
        return _text(item) in container
    wanted = _canonical(item)
    return any(_canonical(one) == wanted for one in _list(container))


def _equals(one: Any, other: Any) -> bool:
    """Compare two values, texts with regard to case: Bicep compiles ``==`` to this, ``=~`` to ``toLower`` of both."""
    return _canonical(one) == _canonical(other)


def _canonical(value: Any) -> str:
    """Return a text that two values share if they are equal; of the same type, too."""
    return json.dumps(value, sort_keys=True)


def _comparable(one: Any, other: Any) -> int:
    """Return a number below, equal to or above zero as one value is less than, equal to or greater than the other."""
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    first, second = _number(one), _number(other)
    return (first > second) - (first < second)


def _index_of(container: Any, item: Any) -> int:
    if isinstance(container, list):
        wanted = _canonical(item)
        return next((i for i, one in enumerate(container) if _canonical(one) == wanted), -1)
    return _text(container).lower().find(_text(item).lower())


def _last_index_of(container: Any, item: Any) -> int:
    if isinstance(container, list):
        wanted = _canonical(item)
        return next((i for i in range(len(container) - 1, -1, -1) if _canonical(container[i]) == wanted), -1)
    return _text(container).lower().rfind(_text(item).lower())


def _items(value: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": item} for key, item in sorted(_object(value).items())]


def _split(value: Any, separators: Any) -> list[str]:
    signs = [_text(one) for one in (separators if isinstance(separators, list) else [separators])]
    if not signs or "" in signs or len(signs) > 100:
        raise ValueError("the separator is a text of one character or more, or some of them")
    return re.split("|".join(re.escape(sign) for sign in signs), _text(value))


def _substring(value: Any, start: Any, length: Any = None) -> str:
    text, first = _text(value), _number(start)
    last = len(text) if length is None else first + _number(length)
    if not 0 <= first <= last <= len(text):
        raise ValueError(f"the string has {len(text)} characters")
    return text[first:last]


def _try_get(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = next((item for name, item in value.items() if name.lower() == _text(key).lower()), None)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def _union(*values: Any) -> Any:
    """Return arrays without what is in them twice, or objects merged: those in them are merged too (source S111)."""
    if isinstance(values[0], dict):
        merged: dict[str, Any] = {}
        for value in values:
            merged = _merged(merged, _object(value))
        return merged
    found = {_canonical(item): item for value in values for item in _list(value)}
    return list(found.values())


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    spelled = {key.lower(): key for key in one}
    found = dict(one)
    for key, item in other.items():
        own = spelled.setdefault(key.lower(), key)
        before = found.get(own)
        found[own] = _merged(before, item) if isinstance(before, dict) and isinstance(item, dict) else item
    return found


def _intersection(*values: Any) -> Any:
    if isinstance(values[0], dict):
        others = [_object(one) for one in values[1:]]
        return {
            key: item
            for key, item in values[0].items()
            if all(key in one and _canonical(one[key]) == _canonical(item) for one in others)
        }
    common = set.intersection(*({_canonical(item) for item in _list(one)} for one in values))
    return [item for key, item in {_canonical(item): item for item in _list(values[0])}.items() if key in common]
