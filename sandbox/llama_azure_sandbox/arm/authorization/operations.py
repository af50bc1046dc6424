"""Whether an action of a role is one that a provider has (``operations.yaml``)."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.known_providers import is_known_namespace

_VERBS = ("read", "write", "delete", "action")
_ANY = "*"
_EXTENSIONS = "providers"


def require_actions(actions: list[str]) -> None:
    """Refuse actions that no provider has, in the words of Azure (source S123).

    Raises:
        ArmError: 400, ``InvalidActionOrNotAction``.
    """
    for action in actions:
        problem = _problem(action)
        if problem is not None:
            raise ArmError(400, "InvalidActionOrNotAction", problem)


def _problem(action: str) -> str | None:
    if action.count(_ANY) > 1:
        return f"'{action}' contains multiple wildcards. Only one is allowed."
    namespace, *parts = action.split("/")
    if _ANY in namespace:
        return None
    if not is_known_namespace(namespace):
        return (
            "The resource provider referenced in the action is not returned in the list of providers from Azure "
            "Resource Manager."
        )
    if not parts or "" in parts or not _is_operation(namespace, parts):
        return f"'{action}' does not match any of the actions supported by the providers."
    return None


def _is_operation(namespace: str, parts: list[str]) -> bool:
    *stem, verb = (part.lower() for part in parts)
    if verb not in _VERBS and _ANY not in verb:
        return False
    known = _operations().get(namespace.lower())
    if known is None or not stem or _ANY in stem[0]:
        return True
    children = known.get(stem[0])
    if children is None:
        return False
    return len(stem) == 1 or _ANY in stem[1] or stem[1] in children or stem[1] == _EXTENSIONS


@cache
def _operations() -> Mapping[str, Mapping[str, frozenset[str]]]:
    text = files(__package__).joinpath("operations.yaml").read_text(encoding="utf-8")
    content: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return {
        namespace.lower(): {
            first.lower(): frozenset(child.lower() for child in children) for first, children in types.items()
        }
        for namespace, types in content.items()
    }
