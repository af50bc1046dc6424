"""``python -m scripts.component_docs``: write one reference page per component into docs/components/.

A page is made of the component's docstrings, as the package's schema carries them, and of its example.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi

from llama_azure.package import COMPONENTS, NAME, Package
from llama_azure_sandbox.home import PROJECT_ROOT

DOCS = PROJECT_ROOT / "docs" / "components"
EXAMPLES = PROJECT_ROOT / "examples" / "components"
_NOTE = "<!-- Written by `make component-docs` from the docstrings and the example; change those. -->"
_INDEX = f"""# Components

{_NOTE}

What a platform team builds with, in Python as `llama_azure`, in any other language of Pulumi as the package
`{NAME}`. The examples are one program, [examples/components](../../examples/components), which the tests deploy.

| component | is |
|---|---|
"""
_OTHER_LANGUAGES = """
## From other languages

`components/` is a Pulumi package. From a fresh clone run `make venv` in its root first, or `pulumi install` in your
program's folder, which takes some minutes: the package runs in Python beside the program, in the environment `.venv`,
and until that is there the CLI says of the plugin that it exited prematurely. `pulumi package add` installs
`components/requirements.txt` into that place by itself. A Python program needs no more than the package, `llama-azure`,
which `pip install` takes from git.

Pulumi YAML names the folder under `packages:`, as
[examples/yaml-serverless](../../examples/yaml-serverless/Pulumi.yaml) does, which the tests deploy. For the other
languages `pulumi package add <path or git URL>` makes an SDK of the schema. The tests make those for TypeScript
(`@llama-azure/llama-azure`) and Go with the same generators, compile them, and deploy [a program in
each](../../tests/engine/languages) through the Automation API; C# and Java have not been tried. The Go import path
and the addresses in the schema are examples, `github.com/example/llama-azure`: whoever publishes a copy puts their
own into `package.py`.

Names are camelCase there: `resource_group_name` is `resourceGroupName`. What a component refuses is told as an error
of that input, by its name in the schema.

An input that may be no output has to be known when the component is made, because it decides which resources there
are. Sources such as S3 stand in [sources.yaml](../../core/llama_azure_core/facts/sources.yaml).
"""

Json = dict[str, Any]


def pages() -> dict[Path, str]:
    """Return every page by its file."""
    schema = Package().inferred
    resources = {component: schema["resources"][f"{NAME}:index:{component.__name__}"] for component in COMPONENTS}
    index = [f"| [{one.__name__}]({_page(one).name}) | {_summary(resource)} |\n" for one, resource in resources.items()]
    written = {_page(one): _reference(one, resource, schema["types"]) for one, resource in resources.items()}
    return {DOCS / "README.md": _INDEX + "".join(index) + _OTHER_LANGUAGES, **written}


def example_file(component: type[pulumi.ComponentResource]) -> Path:
    """Return the example of a component."""
    return EXAMPLES / f"{component.__module__.rsplit('.', 1)[-1]}.py"


def _page(component: type[pulumi.ComponentResource]) -> Path:
    return DOCS / f"{component.__name__}.md"


def _summary(resource: Json) -> str:
    return _line(inspect.cleandoc(resource["description"]).split("\n\n", 1)[0])


def _reference(component: type[pulumi.ComponentResource], resource: Json, types: Json) -> str:
    example = example_file(component)
    name = component.__name__
    sections = [
        f"# {name}",
        _NOTE,
        f"`llama_azure.{name}` in Python, `{NAME}:{name}` elsewhere.",
        inspect.cleandoc(resource["description"]),
        "## Example",
        f"[{example.relative_to(PROJECT_ROOT)}](../../{example.relative_to(PROJECT_ROOT)}):",
        f"```python\n{example.read_text(encoding='utf-8').rstrip()}\n```",
        "## Inputs",
        _inputs(resource["inputProperties"]),
    ]
    for token in _nested(resource["inputProperties"], types):
        sections += [f"### {_type_name(token)}", inspect.cleandoc(types[token]["description"])]
        sections.append(_inputs(types[token]["properties"]))
    sections += ["## Outputs", _outputs(resource["properties"])]
    return "\n\n".join(sections) + "\n"


def _inputs(properties: Json) -> str:
    rows = [
        f"| `{_python_name(name)}` | {_type(one)} | {_if_output(one)} | {_line(one['description'])} |"
        for name, one in properties.items()
    ]
    return "\n".join(["| input | type | may be an output | |", "|---|---|---|---|", *rows])


def _outputs(properties: Json) -> str:
    rows = [
        f"| `{_python_name(name)}` | {_type(one)} | {_line(one['description'])} |" for name, one in properties.items()
    ]
    return "\n".join(["| output | type | |", "|---|---|---|", *rows])


def _nested(properties: Json, types: Json) -> Iterator[str]:
    """Yield the tokens of the types that properties are made of, and those that these are made of, each once."""
    seen: set[str] = set()
    waiting = list(properties.values())
    while waiting:
        one = waiting.pop(0)
        waiting += [one[inner] for inner in ("items", "additionalProperties") if inner in one]
        token = str(one.get("$ref", "")).removeprefix("#/types/")
        if token in types and token not in seen:
            seen.add(token)
            waiting += types[token]["properties"].values()
            yield token


def _if_output(one: Json) -> str:
    return "no" if one.get("plain") else "yes"


def _type(one: Json) -> str:
    if "$ref" in one:
        return f"[{_type_name(one['$ref'])}](#{_type_name(one['$ref']).lower()})"
    match one["type"]:
        case "array":
            return f"list of {_type(one['items'])}"
        case "object":
            return f"map of {_type(one['additionalProperties'])}"
    return str(one["type"])


def _type_name(token: str) -> str:
    return token.rsplit(":", 1)[-1]


def _python_name(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    DOCS.mkdir(parents=True, exist_ok=True)
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")
