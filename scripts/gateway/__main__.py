"""``make gateway``: LiteLLM proxies in front of a deployed stack of the sandbox, until Ctrl-C."""

import argparse
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from llama_azure_core.plan.litellm import StackEndpoints, gateway_configuration
from llama_azure_core.settings import SettingsError
from llama_azure_core.settings.litellm import LiteLlmSettings
from scripts.gateway.local import GatewayError, open_proxies, open_shared


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(prog="make gateway", description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--proxies", type=int, default=1, help="two and more share Redis and PostgreSQL")
    parser.add_argument("--port", type=int, default=4000, help="of the first proxy; the next ones take the next ports")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what was started is ended by whoever leaves
    try:
        with contextlib.suppress(KeyboardInterrupt):
            _run(given.stack, given.proxies, given.port)
    except (GatewayError, SettingsError) as error:
        sys.exit(f"gateway: {error}")


def _run(stack: str, proxies: int, port: int) -> None:
    outputs = _outputs(stack)
    is_shared = proxies > 1
    options = LiteLlmSettings(database=is_shared, redis=is_shared)
    made = gateway_configuration([StackEndpoints(stack, outputs.get("endpoints") or {})], options)
    keys = {name: outputs["endpointKeys"][endpoint] for name, (_, endpoint) in made.keys.items()}
    folder = Path(os.environ["SANDBOX_HOME"]) / "gateway"
    folder.mkdir(parents=True, exist_ok=True)
    key_file = folder / "master-key"
    key_file.touch(mode=0o600)
    master_key = f"sk-{secrets.token_urlsafe(24)}"
    key_file.write_text(master_key, encoding="utf-8")
    print(f"gateway: starting {proxies} {'proxy' if proxies == 1 else 'proxies'}, which takes some seconds", flush=True)
    with contextlib.ExitStack() as stack_of_all:
        shared = stack_of_all.enter_context(open_shared(folder)) if is_shared else None
        variables = {**keys, "LITELLM_MASTER_KEY": master_key}
        ports = range(port, port + proxies)
        for proxy in stack_of_all.enter_context(open_proxies(folder, made.text(), variables, shared, ports=ports)):
            print(f"gateway: {proxy.url}/v1, log in {proxy.log}")
        models = sorted({str(one["model_name"]) for one in made.document["model_list"]})
        print(f"models: {', '.join(models)}")
        for name, why in made.left_out.items():
            print(f"left out: {name}: {why}")
        variables_of_clients = f'OPENAI_BASE_URL=http://127.0.0.1:{port}/v1 OPENAI_API_KEY="$(cat {key_file})"'
        print(f"for any client of OpenAI's API:\n  export {variables_of_clients}")
        print("Ctrl-C ends it.", flush=True)
        threading.Event().wait()


def _outputs(stack: str) -> dict[str, Any]:
    asked = ["pulumi", "stack", "output", "--stack", stack, "--json", "--show-secrets"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise GatewayError(
            f"the stack {stack} has no outputs: run `make up STACK={stack}` first. {answer.stderr.strip()}"
        )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    main()
