"""The variables with which plain `pulumi` commands, Azure SDK clients and curl reach a sandbox."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from llama_azure_core.engine_variables import PARALLEL
from llama_azure_sandbox.addresses import CLOUD_NAME, METADATA_PATH, RETAIL_PRICES_PATH
from llama_azure_sandbox.arm.customer import SUBSCRIPTION_ID, TENANT_ID
from llama_azure_sandbox.engine_home import backend_url
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.sign_in import SignIn, client_id, client_secret, sign_in_variables

POLICY_PACK = PROJECT_ROOT / "policies" / "llama_guardrails"
POLICY_CONFIGURATION = PROJECT_ROOT / "policies" / "config" / "sandbox.json"

POLICY_VARIABLES = frozenset({"PULUMI_OPTION_POLICY_PACK", "PULUMI_OPTION_POLICY_PACK_CONFIG"})
"""The variables with which every preview and update is judged, as if the CLI were given --policy-pack."""

# It encrypts keys that open nothing but a server on this machine's loopback address; the stack
# file's salt was made with it. Real stacks take a key vault key or a passphrase of their own.
_STATE_PASSPHRASE = "sandbox"  # noqa: S105

# Credentials of the user's own, with which a client could sign in to the real Azure.
_FOREIGN_CREDENTIALS = (
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_OIDC_TOKEN",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
)


def client_environment(
    home: SandboxHome,
    record: ServerRecord,
    engine: Path | None,
    current: Mapping[str, str],
    principal: str = OWNER_NAME,
    way: SignIn = SignIn.MANAGED_IDENTITY,
) -> dict[str, str]:
    """Return the variables to add to ``current``, the environment that a client would run in.

    ``engine`` is the folder of the Pulumi CLI; while there is none that serves, other clients need nothing of it, and
    only a CLI on the PATH that does not serve is kept away from its user's own state. An empty value takes a variable's
    effect away.

    Raises:
        SandboxError: there is no principal of that name, or it cannot sign in that way.
    """
    path = current.get("PATH", "").split(":")
    folders = [str(PROJECT_ROOT / ".venv" / "bin"), *([str(engine)] if engine else [])]
    # Where the sandbox was installed for itself, its commands are found, and nobody's Python is another.
    own = str(Path(sys.executable).parent)
    last = [] if own in {*folders, *path} else [own]
    foreign = {name: "" for name in _FOREIGN_CREDENTIALS if current.get(name)}
    sign_in = sign_in_variables(home, record, principal, way)
    needless = {name for name, value in sign_in.items() if not value and name not in current}
    has_engine = engine is not None or shutil.which("pulumi", path=current.get("PATH")) is not None
    return foreign | {
        "PATH": ":".join([*folders, *(folder for folder in path if folder not in folders), *last]),
        **({**_unless_chosen(PARALLEL, current), **_engine(home)} if has_engine else {}),
        **_cloud(home, record),
        **{name: value for name, value in sign_in.items() if name not in needless},
        # azure-native and all that signs in as it do as the Azure SDKs do, whom the variables above lead here.
        "ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true",
        "LLAMA_AZURE_RETAIL_PRICES_URL": f"{record.base_url}{RETAIL_PRICES_PATH}",
        "SANDBOX_HOME": str(home.root),
        "SANDBOX_ARM_URL": record.base_url,
        # The stand-in does not wait the official plugin's 10 to 120 seconds; any other value has it do so.
        "SANDBOX_WAITS": "short",
    }


def _engine(home: SandboxHome) -> dict[str, str]:
    """Return where the engine keeps its state and finds its plugins, and what it judges by."""
    return {
        "PULUMI_HOME": str(home.pulumi_home),
        "PULUMI_BACKEND_URL": backend_url(home.pulumi_state),
        "PULUMI_CONFIG_PASSPHRASE": _STATE_PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **policy_variables(),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def _unless_chosen(variables: Mapping[str, str], current: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if not current.get(name)}


def policy_variables() -> dict[str, str]:
    """Return what has each preview and up judged by the project's pack, as if --policy-pack were given."""
    if not (POLICY_PACK / "PulumiPolicy.yaml").is_file():
        return {}
    pack = {"PULUMI_OPTION_POLICY_PACK": str(POLICY_PACK)}
    if not POLICY_CONFIGURATION.is_file():
        return pack
    return pack | {"PULUMI_OPTION_POLICY_PACK_CONFIG": str(POLICY_CONFIGURATION)}


def official_provider_environment(home: SandboxHome, record: ServerRecord, principal: str) -> dict[str, str]:
    """Return what the official azure-native plugin would need to reach a sandbox. Nobody has tried it.

    The names are those of the plugin's source; its Pulumi home stays the user's own, where the plugin lies.
    """
    return _cloud(home, record) | {
        "ARM_METADATA_HOSTNAME": record.base_url,
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "ARM_USE_DEFAULT_AZURE_CREDENTIAL": "",
        "ARM_CLIENT_ID": client_id(home, principal),
        "ARM_CLIENT_SECRET": client_secret(home, principal),
    }


def _cloud(home: SandboxHome, record: ServerRecord) -> dict[str, str]:
    """Return which cloud and tenant it is, and which certificate vouches for it."""
    bundle = str(home.ca_bundle)
    return {
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION_ID,
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION_ID,
        "ARM_TENANT_ID": TENANT_ID,
        "AZURE_TENANT_ID": TENANT_ID,
        # Below /adfs msal asks nobody else whether the host may be trusted.
        "AZURE_AUTHORITY_HOST": f"{record.base_url}/adfs",
        "ARM_CLOUD_METADATA_URL": f"{record.base_url}{METADATA_PATH}?api-version=2022-09-01",
        # Without its name azure-ai-ml takes the public cloud when the metadata cannot be read.
        "AZUREML_CURRENT_CLOUD": CLOUD_NAME,
        "REGISTRY_DISCOVERY_ENDPOINT_URL": f"{record.base_url}/",
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "NODE_EXTRA_CA_CERTS": bundle,
    }
