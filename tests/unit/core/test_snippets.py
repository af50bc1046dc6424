"""Programs that ask an endpoint hold what is to be sent, whatever is in it, and no key."""

import ast
import json
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.snippets import Callee, Client, Kind, SnippetError, default_request, key_line, snippet

FOUNDRY = Callee(
    name="answers",
    stack="dev",
    back_end=BackEnd.FOUNDRY,
    api=Api.CHAT,
    uri="https://ai.services.ai.azure.com",
    base_url="https://ai.services.ai.azure.com/openai/v1/",
    deployment="answers-llama",
    takes_keys=True,
    takes_tokens=True,
)
MANAGED = Callee(
    name="own",
    stack="dev",
    back_end=BackEnd.MANAGED,
    api=Api.CHAT,
    uri="https://own.eastus2.inference.ml.azure.com/score",
    base_url="https://own.eastus2.inference.ml.azure.com/v1/",
    deployment="Llama",
    takes_keys=True,
    takes_tokens=False,
)
PYTHON = [Client.OPENAI, Client.LANGCHAIN, Client.LITELLM, Client.AZURE_AI_INFERENCE]
texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def values_in(tree: ast.AST) -> list[Any]:
    """Return every literal of a program."""
    found = []
    for node in ast.walk(tree):
        try:
            found.append(ast.literal_eval(node))
        except (ValueError, TypeError, SyntaxError):
            continue
    return found


@given(question=texts, value=values, streams=st.booleans())
@pytest.mark.parametrize("client", PYTHON)
def test_a_python_program_says_what_is_to_be_sent(client: Client, question: str, value: Any, streams: bool) -> None:
    messages = [{"role": "user", "content": question}]
    request = {"messages": messages, "stream": streams, "guided_json": value}
    found = values_in(ast.parse(snippet(FOUNDRY, client, request=request)))
    assert messages in found
    assert any(isinstance(one, dict) and one.get("guided_json", "") == value for one in found)


@given(question=texts, value=values)
def test_a_script_of_curl_sends_just_the_body(question: str, value: Any) -> None:
    request = {"messages": [{"role": "user", "content": question}], "guided_json": value}
    script = snippet(FOUNDRY, Client.CURL, request=request)
    sent = script.split("<<'JSON'\n", 1)[1].removesuffix("\nJSON\n")
    assert json.loads(sent) == {"model": FOUNDRY.deployment, **request}
    assert "\nJSON\n" not in f"\n{sent}\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js is on the PATH")
def test_a_javascript_program_is_one(tmp_path: Any) -> None:
    awkward = "quotes \" and ' and ` and ${x} and \\ and \u2028 and </script>"
    program = tmp_path / "ask.mjs"
    request = {"messages": [{"role": "user", "content": awkward}], "stream": True}
    program.write_text(snippet(FOUNDRY, Client.JAVASCRIPT, request=request), encoding="utf-8")
    checked = subprocess.run(["node", "--check", program], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("client", Client)
@pytest.mark.parametrize("keyless", [False, True])
def test_a_program_reads_its_key_from_a_variable_or_signs_in(client: Client, keyless: bool) -> None:
    code = snippet(FOUNDRY, client, keyless=keyless)
    assert ("LLAMA_ENDPOINT_KEY" in code) is not keyless
    assert (FOUNDRY.token_scope.removesuffix("/.default") in code) is keyless


@pytest.mark.parametrize("name", ["plain", "it's", 'a "b"', "$(touch x)", "a b"])
def test_the_line_that_fills_the_variable_takes_every_name(name: str) -> None:
    callee = Callee(name, "dev", BackEnd.SERVERLESS, Api.CHAT, "u", "u/v1/", "m", takes_keys=True, takes_tokens=False)
    stand_in = f"pulumi() {{ printf '%s' {json.dumps(json.dumps({name: 'the key'})).replace('$', chr(92) + '$')}; }}"
    filled = subprocess.run(
        ["bash", "-euc", f'{stand_in}\n{key_line(callee)}\nprintf %s "$LLAMA_ENDPOINT_KEY"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert filled.stdout == "the key"


@pytest.mark.parametrize(
    ("client", "kind", "keyless", "said"),
    [
        (Client.OPENAI, Kind.SCORING, None, "openai has no scoring; take curl or javascript"),
        (Client.OPENAI, Kind.COMPLETIONS, None, "own does not answer completions: it answers chat and scoring"),
        (Client.OPENAI, None, True, "own takes keys alone"),
    ],
)
def test_what_cannot_be_asked_is_told_with_what_can(
    client: Client, kind: Kind | None, keyless: bool | None, said: str
) -> None:
    with pytest.raises(SnippetError, match=said):
        snippet(MANAGED, client, kind, keyless=keyless)


def test_scoring_is_asked_in_the_shape_of_the_models_cards() -> None:
    assert default_request(MANAGED, Kind.SCORING, "Hm?")["input_data"]["input_string"] == [
        {"role": "user", "content": "Hm?"}
    ]
    assert MANAGED.uri in snippet(MANAGED, kind=Kind.SCORING)
