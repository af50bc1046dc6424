"""The stack `sandbox` from its first preview to its end, by the real engine. The tests run in order."""

from llama_azure_core.limits import limits
from tests.support.arm import sign_in
from tests.support.secrecy import files_below
from tests.support.workbench import Workbench

STACK = "sandbox"


def secret_keys(bench: Workbench) -> list[str]:
    return list(bench.outputs(STACK)["endpointKeys"].values())


def test_preview_shows_everything_and_creates_nothing(workbench: Workbench) -> None:
    workbench.pulumi("stack", "select", STACK, "--create")
    preview = workbench.pulumi("preview", "--stack", STACK)
    assert "+ 18 to create" in preview.stdout
    with sign_in(workbench.home) as arm:
        assert arm.resources() == []


def test_up_creates_the_hub_the_project_and_two_endpoints(workbench: Workbench) -> None:
    assert workbench.changes("up", "--stack", STACK) == {"create": 18}
    with sign_in(workbench.home) as arm:
        names = [resource.rsplit("/", 1)[-1] for resource in arm.resources()]
    assert {"rg-llama-sandbox", "hub-llama-sandbox", "assistants"} <= set(names)
    assert len([name for name in names if name.endswith("-instruct")]) == 2
    assert len(names) == 11


def test_outputs_keep_the_contract(workbench: Workbench) -> None:
    outputs = workbench.outputs(STACK)
    endpoints = outputs["endpoints"]
    assert {endpoint["model"] for endpoint in endpoints.values()} == {
        "Meta-Llama-3-8B-Instruct",
        "Meta-Llama-3-70B-Instruct",
    }
    for name, endpoint in endpoints.items():
        uri = f"{workbench.record.base_url}/serverless/eastus2/{name}"
        assert endpoint == {
            "kind": "serverless",
            "backend": "serverless",
            "model": endpoint["model"],
            "deployment": endpoint["model"],
            "auth": "key",
            "project": "assistants",
            "region": "eastus2",
            "api": "chat",
            "uri": uri,
            "baseUrl": f"{uri}/v1/",
            "routes": {"chat": f"{uri}/v1/chat/completions", "models": f"{uri}/v1/models"},
            "limits": {name: limits()[name] for name in ("tokensPerMinute", "requestsPerMinute")},
        }
    assert outputs["endpointKeys"].keys() == endpoints.keys()
    assert len(set(outputs["endpointKeys"].values())) == 2


def test_keys_are_nowhere_in_clear(workbench: Workbench) -> None:
    keys = secret_keys(workbench)
    shown = workbench.pulumi("stack", "output", "--stack", STACK).stdout
    exported = workbench.pulumi("stack", "export", "--stack", STACK).stdout
    everything = "\n".join([exported, files_below(workbench.home), *workbench.transcript])
    assert "[secret]" in shown
    for key in keys:
        assert len(key) == 32
        assert key not in everything


def test_second_up_changes_nothing(workbench: Workbench) -> None:
    assert workbench.changes("up", "--stack", STACK) == {"same": 18}
    assert "warning" not in workbench.transcript[-2]
    workbench.judged = False


def test_refresh_changes_nothing(workbench: Workbench) -> None:
    # The hub has a project by now, which the refresh tells; no update takes it for a change.
    assert workbench.changes("refresh", "--stack", STACK) == {"same": 17, "update": 1}
    assert workbench.changes("up", "--refresh", "--stack", STACK) == {"same": 18}


def test_a_change_behind_pulumis_back_is_found_and_undone(workbench: Workbench) -> None:
    name = next(iter(workbench.outputs(STACK)["endpoints"]))
    path = (
        "/resourceGroups/rg-llama-sandbox/providers/Microsoft.MachineLearningServices/workspaces/assistants"
        f"/serverlessEndpoints/{name}"
    )
    with sign_in(workbench.home) as arm:
        arm.call("PATCH", path, {"properties": {"contentSafety": {"contentSafetyStatus": "Disabled"}}})
        assert workbench.changes("refresh", "--stack", STACK)["update"] == 1
        assert workbench.changes("up", "--stack", STACK) == {"same": 17, "update": 1}
        safety = arm.call("GET", path).json()["properties"]["contentSafety"]
    assert safety == {"contentSafetyStatus": "Enabled"}


def test_tags_that_somebody_added_are_drift(workbench: Workbench) -> None:
    path = "/resourceGroups/rg-llama-sandbox/providers/Microsoft.MachineLearningServices/workspaces/hub-llama-sandbox"
    with sign_in(workbench.home) as arm:
        arm.call("PATCH", path, {"tags": {"created-by-policy": "yes"}})
        looked = workbench.pulumi(
            "preview", "--stack", STACK, "--refresh", "--expect-no-changes", "--diff", check=False
        )
        assert looked.returncode != 0
        assert "created-by-policy" in looked.stdout
        arm.call("PATCH", path, {"tags": {"created-by-policy": None}})


def test_a_region_spelled_otherwise_is_the_same_region(workbench: Workbench) -> None:
    workbench.configure(STACK, **{"azure-native:location": "East US 2"})
    workbench.pulumi("preview", "--stack", STACK, "--expect-no-changes")
    workbench.configure(STACK, **{"azure-native:location": "eastus2"})


def test_destroy_leaves_nothing_behind(workbench: Workbench) -> None:
    counts = workbench.changes("destroy", "--stack", STACK)
    assert counts == {"delete": 18}
    with sign_in(workbench.home) as arm:
        assert arm.resources(tracking=True) == []
    # Endpoints went before the subscriptions that they need.
    deletions = [line for line in workbench.home.log.read_text(encoding="utf-8").splitlines() if '"DELETE ' in line]
    order = ["serverlessEndpoints", "marketplaceSubscriptions", "workspaces/hub-llama-sandbox"]
    positions = [[i for i, line in enumerate(deletions) if part in line] for part in order]
    assert max(positions[0]) < min(positions[1]) < max(positions[1]) < min(positions[2])
