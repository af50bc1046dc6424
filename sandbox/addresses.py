"""Where on the sandbox's port things are found."""

HOST = "127.0.0.1"
HEALTH_PATH = "/_sandbox/health"
CA_PATH = "/_sandbox/ca.pem"
IDENTITY_PATH = "/msi/token"
METADATA_PATH = "/metadata/endpoints"
