"""Keep keys: a hand-over that writes keys to a key vault, where callers read them by reference."""

import json
import re
import time
from collections.abc import Mapping

from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import KEY_VAULT, api_version
from llama_azure_pipelines.arm import Arm
from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.say import say

_SECRET_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_DAY_SECONDS = 86_400


def keep_keys(vault: str, text: str, wait_seconds: float, known: Environments) -> None:
    """Write keys to a vault, each as the secret that is called as its endpoint, and tell where callers find it.

    It is written through Azure Resource Manager, which a vault that is closed to networks lets in, too; it takes
    the action Microsoft.KeyVault/vaults/secrets/write. Each expires when the keys are due (``maxKeyAgeDays``).

    Args:
        vault: the vault's Azure resource id.
        text: a JSON object: by endpoint name, the key.
        wait_seconds: how long callers may take until they read the new version of a secret.
        known: how old keys may be.

    Raises:
        StepError: the id or the keys cannot be used, or Azure refuses one. Nothing of a key is in the message.
    """
    target, keys = _vault(vault), _keys(text)
    arm = Arm()
    expires = int(time.time()) + known.max_key_age_days * _DAY_SECONDS
    for name, key in sorted(keys.items()):
        attributes = {"enabled": True, "exp": expires}
        body = {"properties": {"value": key, "contentType": "key of an endpoint", "attributes": attributes}}
        shown = arm.call("PUT", f"{target}/secrets/{name}", api_version(KEY_VAULT), body)
        say(f"{name}: {shown['properties']['secretUri']}")
    time.sleep(wait_seconds)


def _vault(text: str) -> ResourceId:
    try:
        found = ResourceId.parse(text)
    except ValueError as error:
        raise StepError(f"--vault: {error}; nothing was written") from None
    if not found.is_type(KEY_VAULT):
        raise StepError(f"--vault {text!r} is no key vault ({KEY_VAULT}); nothing was written")
    return found


def _keys(text: str) -> Mapping[str, str]:
    wanted = "standard input is to be a JSON object: by endpoint name, the key; nothing was written"
    try:
        keys = json.loads(text)
    except ValueError:
        raise StepError(wanted) from None
    if not isinstance(keys, dict) or not keys or not all(isinstance(key, str) and key for key in keys.values()):
        raise StepError(wanted)
    wrong = [name for name in keys if not _SECRET_NAME.fullmatch(name)]
    if wrong:
        raise StepError(f"no secret can be called {', '.join(wrong)}: letters, digits and hyphens; nothing was written")
    return keys
