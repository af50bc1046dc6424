"""Read the status codes that Microsoft's generated clients accept out of the clients that are installed here.

``.venv-clients/bin/python -m scripts.status_codes`` prints ``arm/status_codes.yaml`` of the sandbox;
``make status-codes`` writes it. With names of clients it reads those only. A client raises on a code that it does not
list, also where the resource was made: so the sandbox answers with what every client of a type accepts.
"""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

_VERBS = ("PUT", "DELETE", "HEAD")
_HEAD = """\
# The status codes that Microsoft's generated clients accept for a PUT, a DELETE and a HEAD of each type; they raise on
# any other. Written by `make status-codes` from the clients of .venv-clients; where clients differ, what all of them
# accept. `clients` names the releases that were read.
"""
# azure-mgmt-monitor left diagnostic settings out with release 7; release 6.0.2 accepts these.
_OLDER = {"Microsoft.Insights/diagnosticSettings": {"PUT": frozenset({200}), "DELETE": frozenset({200, 204})}}
_ALIASES = {"microsoft.insights": "Microsoft.Insights"}
_VERSION = re.compile(r"v\d{4}_\d{2}_\d{2}(_preview)?")
_GROUP = re.compile(r"/subscriptions/\{[^}]+\}/resource[gG]roups/\{[^}]+\}")

Codes = dict[str, dict[str, frozenset[int]]]


def accepted_codes(*names: str) -> tuple[list[str], Codes]:
    """Return the clients that were read, with their versions, and the codes by type and verb.

    ``names`` are those of the clients to read; without any, all that are installed.
    """
    clients: list[str] = []
    codes: Codes = {kind: dict(verbs) for kind, verbs in _OLDER.items()}
    for name, version, folder in _clients():
        if names and name not in names:
            continue
        clients.append(f"{name} {version}")
        for (kind, verb), accepted in _newest(folder).items():
            verbs = codes.setdefault(kind, {})
            verbs[verb] = verbs.get(verb, accepted) & accepted
    return clients, codes


def document(*names: str) -> str:
    """Return the data file's text."""
    clients, codes = accepted_codes(*names)
    lines = [_HEAD.rstrip(), "clients:", *(f"  - {client}" for client in clients), "types:"]
    for kind, verbs in sorted(codes.items(), key=lambda item: item[0].lower()):
        shown = ", ".join(f"{verb}: {sorted(verbs[verb])}" for verb in _VERBS if verbs.get(verb))
        lines += [f"  {kind}: {{{shown}}}"] if shown else []
    return "\n".join(lines) + "\n"


def _newest(folder: Path) -> dict[tuple[str, str], frozenset[int]]:
    """Return the codes of a client by type and verb; where it holds several api-versions, those of the newest."""
    found: dict[tuple[str, str], frozenset[int]] = {}
    ages: dict[tuple[str, str], str] = {}
    for file in sorted(folder.rglob("*operations*.py")):
        if "aio" in file.parts:
            continue
        age = next((part for part in file.parts if _VERSION.fullmatch(part)), "")
        for kind, verb, accepted in _operations(ast.parse(file.read_text(encoding="utf-8"))):
            key = (kind, verb)
            same = ages.get(key) == age
            if same or ages.get(key, "") <= age:
                found[key] = found[key] & accepted if same else accepted
                ages[key] = age
    return found


def _clients() -> Iterator[tuple[str, str, Path]]:
    found = {one.metadata["Name"]: one.version for one in distributions()}
    for name in sorted(found):
        if name.startswith("azure-mgmt-") and name != "azure-mgmt-core":
            spec = find_spec(name.replace("-", "."))
            if spec is not None and spec.submodule_search_locations:
                yield name, found[name], Path(spec.submodule_search_locations[0])
    spec = find_spec("azure.ai.ml")
    if spec is not None and spec.submodule_search_locations:
        yield "azure-ai-ml", found["azure-ai-ml"], Path(spec.submodule_search_locations[0]) / "_restclient"


def _operations(module: ast.Module) -> Iterator[tuple[str, str, frozenset[int]]]:
    """Yield type, verb and accepted codes of each operation on a resource."""
    requests = {}
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("build_"):
            verb, url = _request(node)
            if verb in _VERBS:
                requests[node.name] = (_type(url), verb)
    for node in ast.walk(module):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("build_"):
            continue
        built = next((name for name in _called(node) if name in requests), None)
        accepted = _accepted(node)
        if built is not None and accepted and requests[built][0]:
            yield *requests[built], accepted


def _request(function: ast.FunctionDef) -> tuple[str, str]:
    """Return the verb and the path of a function that builds a request."""
    verb, texts = "", []
    for node in ast.walk(function):
        if isinstance(node, ast.keyword) and node.arg == "method" and isinstance(node.value, ast.Constant):
            verb = str(node.value.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/"):
            texts.append(node.value)
    return verb, max(texts, key=len, default="")


def _type(url: str) -> str:
    """Return the type that a path is about; empty for a path of no resource, such as a check or an action."""
    if _GROUP.fullmatch(url):
        return "Microsoft.Resources/resourceGroups"
    parts = url.strip("/").split("/")
    providers = [number for number, part in enumerate(parts) if part.lower() == "providers"]
    if not providers:
        return ""
    namespace, *chain = parts[providers[-1] + 1 :]
    types, names = chain[0::2], chain[1::2]
    fixed = all(not one.startswith("{") for one in (namespace, *types))
    if not fixed or not types or len(types) != len(names):
        return ""
    return "/".join([_ALIASES.get(namespace, namespace), *types])


def _called(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _accepted(function: ast.FunctionDef) -> frozenset[int]:
    """Return the codes of ``if response.status_code not in [...]``."""
    for node in ast.walk(function):
        match node:
            case ast.Compare(
                left=ast.Attribute(attr="status_code"), ops=[ast.NotIn()], comparators=[ast.List(elts=elements)]
            ):
                return frozenset(int(str(one.value)) for one in elements if isinstance(one, ast.Constant))
    return frozenset()


if __name__ == "__main__":
    sys.stdout.write(document(*sys.argv[1:]))
