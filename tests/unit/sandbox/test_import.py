"""Files of a sandbox's state that hold what no sandbox can live with: refused with the place, and nothing is kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.resource_types import SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.snapshots.document import DocumentError, read_document
from llama_azure_sandbox.snapshots.exchange import import_into

GROUP = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/w"


def resource(**body: Any) -> dict[str, Any]:
    return {"resources": [{"id": GROUP, "body": {"location": "eastus2", **body}}]}


def endpoint(**properties: Any) -> dict[str, Any]:
    return {"resources": [{"id": f"{WORKSPACE}/serverlessEndpoints/e", "body": {"properties": properties}}]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (json.dumps(resource(tags={"a": float("nan")})), "NaN is not a number of JSON"),
        (json.dumps(resource(tags={"a": "\ud800"})), "half a surrogate pair"),
        ("[" * 5000, "objects and arrays deep"),
        (json.dumps(resource(properties="x")), "'properties' must be an object"),
        (json.dumps(endpoint(contentSafety="x")), f"{WORKSPACE}/serverlessEndpoints/e: "),
        (json.dumps({"operations": [{"id": "o", "resource": "r", "kind": "dance", "due": 1}]}), "no kind 'dance'"),
        (json.dumps({"settings": {"registrations that run": {"microsoft.saas": "soon"}}}), "registrations that run"),
        (json.dumps({"settings": {"failure of operation o": "x"}}), "failure of operation o"),
        (json.dumps({"settings": {"weather": 1}}), "settings.weather: there is no such setting"),
        (json.dumps({"resources": [{"id": "p", "type": "Microsoft.Graph/principals", "body": {}}]}), "displayName"),
    ],
)
def test_a_state_that_would_end_other_answers_is_refused(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(content.replace("{", '{"schemaVersion": 1, ', 1), encoding="utf-8")
    home = SandboxHome(tmp_path / "home")
    home.create()
    store = Store(home.database)
    try:
        with pytest.raises(DocumentError) as raised:
            import_into(home, store, read_document(file))
        assert says in str(raised.value)
        assert (store.all_resources(), store.all_settings()) == ([], {})
    finally:
        store.close()


def test_what_fits_its_type_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    document = {"schemaVersion": 1, **endpoint(contentSafety={"contentSafetyStatus": "Enabled"}, authMode="Key")}
    file.write_text(json.dumps(document), encoding="utf-8")
    home = SandboxHome(tmp_path / "home")
    home.create()
    store = Store(home.database)
    try:
        assert import_into(home, store, read_document(file)) == 1
        assert [one.type for one in store.all_resources()] == [SERVERLESS_ENDPOINT]
    finally:
        store.close()
