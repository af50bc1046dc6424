"""Where on the sandbox's port things are found."""

HOST = "127.0.0.1"
OWN_PATHS = "/_sandbox/"
HEALTH_PATH = "/_sandbox/health"
PRINCIPALS_PATH = "/_sandbox/principals"
FAULTS_PATH = "/_sandbox/faults"
JOURNAL_PATH = "/_sandbox/journal"
WORLD_PATH = "/_sandbox/world"
CLOCK_PATH = "/_sandbox/clock"
DEPLOYMENTS_PATH = "/_sandbox/deployments"
COLLECTED_PATH = "/_sandbox/collected"
ADMIN_HEADER = "X-Sandbox-Admin"
CA_PATH = "/_sandbox/ca.pem"
IDENTITY_PATH = "/msi/token"
IMDS_PATH = "/imds"
IMDS_TOKEN_PATH = "/metadata/identity/oauth2/token"  # noqa: S105 - a path
OIDC_ISSUER_PATH = "/oidc"
OIDC_TOKEN_PATH = "/_sandbox/oidc-token"  # noqa: S105 - a path
METADATA_PATH = "/metadata/endpoints"
CLOUD_NAME = "Sandbox"
FOUNDRY_PATH = "/foundry"
RETAIL_PRICES_PATH = "/api/retail/prices"


def foundry_url(base_url: str, subdomain: str) -> str:
    """Return where the data plane of a Foundry resource is found, by its custom subdomain; with a slash at the end."""
    return f"{base_url}{FOUNDRY_PATH}/{subdomain}/"


def page_address(port: int, entry: str) -> str:
    """Return what to open in a browser to see the sandbox's page; its pass lets in whoever may read the home."""
    return f"http://{HOST}:{port}/?pass={entry}"
