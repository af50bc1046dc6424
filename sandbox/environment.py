"""The variables with which plain `pulumi` commands, Azure SDK clients and curl reach a sandbox."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.addresses import IDENTITY_PATH, METADATA_PATH
from sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID
from sandbox.home import OWNER_SECRET, PROJECT_ROOT, SandboxHome
from sandbox.identity.principals import OWNER_NAME, secret_name
from sandbox.process import SandboxError
from sandbox.records import ServerRecord

POLICY_PACK = PROJECT_ROOT / "policies" / "llama_guardrails"

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
    engine: Path,
    current: Mapping[str, str],
    principal: str = OWNER_NAME,
) -> dict[str, str]:
    """Return the variables to add to ``current``, the environment that a client would run in.

    ``engine`` is the folder of the Pulumi CLI. An empty value takes a variable's effect away.

    Raises:
        SandboxError: there is no principal of that name.
    """
    path = current.get("PATH", "").split(":")
    folders = [str(PROJECT_ROOT / ".venv" / "bin"), str(engine)]
    foreign = {name: "" for name in _FOREIGN_CREDENTIALS if current.get(name)}
    bundle = str(home.ca_bundle)
    return foreign | {
        "PATH": ":".join([*folders, *(folder for folder in path if folder not in folders)]),
        "PULUMI_HOME": str(home.pulumi_home),
        "PULUMI_BACKEND_URL": f"file://{home.pulumi_state}",
        "PULUMI_CONFIG_PASSPHRASE": _STATE_PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # Every preview and up is judged, as if --policy-pack were given.
        "PULUMI_OPTION_POLICY_PACK": str(POLICY_PACK),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION_ID,
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION_ID,
        "ARM_TENANT_ID": TENANT_ID,
        "AZURE_TENANT_ID": TENANT_ID,
        # DefaultAzureCredential tries nothing but the sandbox's own sign-in.
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "IDENTITY_ENDPOINT": record.base_url + IDENTITY_PATH,
        "IDENTITY_HEADER": _secret(home, principal),
        "ARM_CLOUD_METADATA_URL": f"{record.base_url}{METADATA_PATH}?api-version=2022-09-01",
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "NODE_EXTRA_CA_CERTS": bundle,
        "SANDBOX_HOME": str(home.root),
        "SANDBOX_ARM_URL": record.base_url,
    }


def _secret(home: SandboxHome, principal: str) -> str:
    """Return the secret with which a principal signs in."""
    if principal == OWNER_NAME:
        return home.secret(OWNER_SECRET)
    if not home.has_secret(secret_name(principal)):
        raise SandboxError(f"there is no principal {principal!r}; see `sandbox principal list`")
    return home.secret(secret_name(principal))
