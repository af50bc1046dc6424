"""Print a stack's endpoints and send one chat request to the first that chats.

It reads the stack's outputs through the `pulumi` on the PATH, so it works on a stack in the
sandbox and on one in Azure alike: python examples/first_chat.py --stack dev
"""

import argparse
import json
import subprocess
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

QUESTION = "What is the distance to the moon?"
WIDTH_OF_A_FILE = 200
TOKENS_ARE_FOR = {
    "foundry": "https://cognitiveservices.azure.com/.default",
    "serverless": "https://ml.azure.com/.default",
    "managed": "https://ml.azure.com/.default",
}
"""By back end: what a token of Microsoft Entra ID is asked for."""


def stack_outputs(stack: str) -> dict[str, Any]:
    """Return a stack's outputs, keys included: they stay in this process."""
    command = ["pulumi", "stack", "output", "--stack", stack, "--json", "--show-secrets"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reading:
        import openai  # noqa: F401 - it takes as long to load as the CLI to read: both at once

        told, problem = reading.communicate()
    if reading.returncode != 0:
        sys.exit(f"first_chat: the outputs of stack {stack} cannot be read:\n{problem.strip()}")
    outputs: dict[str, Any] = json.loads(told)
    return outputs


def endpoint_table(endpoints: dict[str, dict[str, str]]) -> Table:
    """Return the endpoints as a table."""
    table = Table()
    for heading in ("endpoint", "kind", "model", "project", "region", "uri"):
        table.add_column(heading, overflow="fold")
    for name, endpoint in sorted(endpoints.items()):
        table.add_row(name, *(endpoint[field] for field in ("kind", "model", "project", "region", "uri")))
    return table


def sign_in(name: str, endpoint: dict[str, str], keys: dict[str, str]) -> str:
    """Return what a caller signs in with: the endpoint's key where it takes keys, else a token."""
    if endpoint["auth"] != "token":
        return keys[name]
    from azure.core.exceptions import AzureError
    from azure.identity import DefaultAzureCredential

    try:
        with DefaultAzureCredential() as credential:
            return credential.get_token(TOKENS_ARE_FOR[endpoint["backend"]]).token
    except AzureError as error:
        sys.exit(f"first_chat: no token is given for {name}: {error}")


def ask(endpoint: dict[str, str], key_or_token: str, question: str) -> str:
    """Send one question to an endpoint and return the answer, whichever back end it is on."""
    import openai

    with openai.OpenAI(base_url=endpoint["baseUrl"], api_key=key_or_token) as client:
        completion = client.chat.completions.create(
            model=endpoint["deployment"],
            messages=[{"role": "user", "content": question}],
            max_tokens=128,
            # By default an answer of a serverless API goes on to max_tokens.
            extra_body={"ignore_eos": False} if endpoint["backend"] == "serverless" else None,
        )
    return completion.choices[0].message.content or ""


def main() -> None:
    """Read, print, ask."""
    parser = argparse.ArgumentParser(description="Print a stack's endpoints and chat with one of them.")
    parser.add_argument("--stack", required=True, help="the stack's name")
    outputs = stack_outputs(parser.parse_args().stack)
    endpoints = outputs.get("endpoints", {})
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE)
    console.print(endpoint_table(endpoints))
    chatty = sorted(name for name, endpoint in endpoints.items() if endpoint["api"] == "chat")
    if not chatty:
        sys.exit("first_chat: the stack has no endpoint that chats")
    name = chatty[-1]
    import openai

    key_or_token = sign_in(name, endpoints[name], outputs["endpointKeys"])
    try:
        answer = ask(endpoints[name], key_or_token, QUESTION)
    except openai.OpenAIError as error:
        sys.exit(f"first_chat: {name} did not answer: {error}")
    console.print(f"\n[bold]{name}[/bold]\n[cyan]user[/cyan]       {QUESTION}\n[cyan]assistant[/cyan]  {answer}")


if __name__ == "__main__":
    main()
