"""``python -m scripts.component_schema``: write the component package's Pulumi schema where reviewers see it change."""

import json

from llama_azure.package import package_schema
from llama_azure_sandbox.home import PROJECT_ROOT

SCHEMA_FILE = PROJECT_ROOT / "components" / "schema.json"


def schema_text() -> str:
    """Return the schema as it lies in the file."""
    return json.dumps(package_schema(), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
