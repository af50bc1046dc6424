"""Programs in JavaScript, for Node.js: the openai client, and fetch where it has no word for what is asked."""

import json

from llama_azure_core.snippets.callee import KEY_VARIABLE, Writing


def _head(writing: Writing, *imports: str, packages: str = "") -> str:
    """Return the first lines of a JavaScript program."""
    needs = " ".join(filter(None, [packages, "@azure/identity" if writing.by_token else ""]))
    install = [f"// npm install {needs}"] if needs else []
    identity = 'import { DefaultAzureCredential, getBearerTokenProvider } from "@azure/identity";'
    lines = [
        "// Save it as ask.mjs and run: node ask.mjs",
        *install,
        writing.sign_in_notes("//"),
        *([identity] if writing.by_token else []),
        *imports,
    ]
    return "\n".join(lines) + "\n"


def _key(writing: Writing) -> str:
    """Return the JavaScript expression of the key, or of the function that gets a token."""
    if writing.by_token:
        return f"getBearerTokenProvider(new DefaultAzureCredential(), {json.dumps(writing.callee.token_scope)})"
    return f"process.env.{KEY_VARIABLE}"


def _javascript_sdk(writing: Writing, call: str, whole: str, part: str) -> str:
    callee = writing.callee
    body = json.dumps({"model": callee.deployment, **writing.body}, indent=2, ensure_ascii=False)
    head = _head(writing, 'import OpenAI from "openai";', packages="openai")
    client = (
        f"\nconst client = new OpenAI({{\n  baseURL: {json.dumps(callee.base_url)},\n  apiKey: {_key(writing)},\n}});\n"
    )
    if writing.streams:
        return (
            f"{head}{client}const stream = await {call}({body});\nfor await (const chunk of stream) {{\n"
            f'  process.stdout.write({part} ?? "");\n}}\nconsole.log();\n'
        )
    return f"{head}{client}const answer = await {call}({body});\nconsole.log({whole});\n"


def chat(writing: Writing) -> str:
    """Return the program that asks a chat."""
    call = "client.chat.completions.create"
    return _javascript_sdk(writing, call, "answer.choices[0].message.content", "chunk.choices[0]?.delta?.content")


def completions(writing: Writing) -> str:
    """Return the program that asks for a completion of a text."""
    return _javascript_sdk(writing, "client.completions.create", "answer.choices[0].text", "chunk.choices[0]?.text")


def scoring(writing: Writing) -> str:
    """Return the program that asks the scoring route."""
    body = json.dumps(writing.body, indent=2, ensure_ascii=False).replace("\n", "\n  ")
    token = f"await {_key(writing)}()" if writing.by_token else _key(writing)
    return (
        f"{_head(writing)}\n"
        f"const token = {token};\n"
        f"const answer = await fetch({json.dumps(writing.callee.uri)}, {{\n"
        '  method: "POST",\n'
        '  headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },\n'
        f"  body: JSON.stringify({body}),\n"
        "});\n"
        "if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);\n"
        "console.log((await answer.json()).output);\n"
    )
