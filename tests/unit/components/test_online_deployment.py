"""A deployment on managed compute: its machines, its probes, and what is optional about it."""

from typing import Any

import pytest

from llama_azure import OnlineDeployment
from llama_azure_core.limits import limits
from llama_azure_core.serving import large_model_defaults
from tests.unit.components.recording import RecordingMonitor, record

ARGS: dict[str, Any] = {
    "resource_group_name": "rg",
    "location": "eastus2",
    "project_name": "assistants",
    "endpoint_name": "chat",
    "deployment_name": "blue",
    "model_id": "azureml://registries/azureml-meta/models/Llama-2-7b-chat/versions/27",
    "vm_size": "Standard_NC48ads_A100_v4",
}
ACCOUNT = "/subscriptions/sub/resourceGroups/rg-safe/providers/Microsoft.CognitiveServices/accounts/guard"


def build(**args: Any) -> RecordingMonitor:
    monitor, _ = record(lambda: OnlineDeployment("it", {**ARGS, **args}))  # type: ignore[typeddict-item]
    return monitor


def properties(**args: Any) -> dict[str, Any]:
    found: dict[str, Any] = build(**args).one("OnlineDeployment").inputs["properties"]
    return found


def test_the_count_is_the_skus_and_the_size_is_the_instance_type() -> None:
    deployment = build(instances=3).one("OnlineDeployment").inputs
    assert deployment["sku"] == {"capacity": 3, "name": "Default", "tier": "Standard"}
    assert deployment["properties"]["instanceType"] == ARGS["vm_size"]
    assert deployment["properties"]["model"] == ARGS["model_id"]
    assert deployment["properties"]["endpointComputeType"] == "Managed"


def test_requests_may_take_as_long_as_azure_allows() -> None:
    usual = large_model_defaults()
    assert properties()["requestSettings"] == {
        "maxConcurrentRequestsPerInstance": usual.concurrent_requests,
        "maxQueueWait": f"PT{usual.queue_wait_seconds}S",
        "requestTimeout": f"PT{limits()['requestTimeoutSeconds']}S",
    }


def test_the_container_is_told_how_many_requests_come_at_once() -> None:
    found = properties(concurrent_requests=8, environment_variables={"TENSOR_PARALLEL": "2"})
    assert found["requestSettings"]["maxConcurrentRequestsPerInstance"] == 8
    assert found["environmentVariables"] == {"TENSOR_PARALLEL": "2", "WORKER_COUNT": "8"}


def test_probes_wait_for_a_large_model_unless_they_are_told_otherwise() -> None:
    usual = large_model_defaults().probe
    found = properties(liveness_probe={"initial_delay_seconds": 900})
    assert found["readinessProbe"] == {
        "failureThreshold": usual.failure_threshold,
        "initialDelay": f"PT{usual.initial_delay_seconds}S",
        "period": f"PT{usual.period_seconds}S",
        "successThreshold": 1,
        "timeout": f"PT{usual.timeout_seconds}S",
    }
    assert found["livenessProbe"] == {**found["readinessProbe"], "initialDelay": "PT900S"}


def test_inputs_and_outputs_are_collected_only_when_asked_for() -> None:
    assert "dataCollector" not in properties()
    collector = properties(collect_data=True)["dataCollector"]
    assert collector["collections"].keys() == {"model_inputs", "model_outputs"}
    assert {one["dataCollectionMode"] for one in collector["collections"].values()} == {"Enabled"}


def test_content_safety_tells_the_scoring_script_of_the_account_and_of_no_key() -> None:
    assert "CONTENT_SAFETY_ENDPOINT" not in properties()["environmentVariables"]
    variables = properties(content_safety={"account_id": ACCOUNT, "identity_client_id": "client"})
    assert variables["environmentVariables"] == {
        "CONTENT_SAFETY_ACCOUNT_NAME": "guard",
        "CONTENT_SAFETY_ENDPOINT": "https://guard.cognitiveservices.azure.com",
        "CONTENT_SAFETY_THRESHOLD": str(large_model_defaults().content_safety_threshold),
        "RESOURCE_GROUP_NAME": "rg-safe",
        "SUBSCRIPTION_ID": "sub",
        "UAI_CLIENT_ID": "client",
        "WORKER_COUNT": str(large_model_defaults().concurrent_requests),
    }


def test_autoscale_follows_the_gpus_of_the_deployment() -> None:
    monitor = build(autoscale={"minimum": 2, "maximum": 5})
    setting = monitor.one("AutoscaleSetting").inputs
    assert setting["targetResourceUri"] == "/it-deployment"
    assert setting["autoscaleSettingName"] == "chat-blue"
    (profile,) = setting["profiles"]
    assert profile["capacity"] == {"default": "2", "maximum": "5", "minimum": "2"}
    triggers = [rule["metricTrigger"] for rule in profile["rules"]]
    assert {trigger["metricResourceUri"] for trigger in triggers} == {"/it-deployment"}
    assert [rule["scaleAction"]["direction"] for rule in profile["rules"]] == ["Increase", "Decrease"]
    assert triggers[0]["threshold"] > triggers[1]["threshold"]


def test_what_the_autoscaler_sets_is_not_set_back() -> None:
    assert build(autoscale={"minimum": 2, "maximum": 5}).one("OnlineDeployment").ignored == ["sku.capacity"]
    monitor = build()
    assert monitor.one("OnlineDeployment").ignored == []
    assert [one for one in monitor.registrations if one.type.endswith("AutoscaleSetting")] == []


def test_numbers_that_other_languages_hand_over_as_floats_are_whole() -> None:
    assert build(instances=2.0).one("OnlineDeployment").inputs["sku"]["capacity"] == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"instances": 0}, "OnlineDeployment: instances is 0; give a whole number from 1 to 50"),
        ({"instances": 1.5}, "instances is 1.5; give a whole number"),
        ({"request_timeout_seconds": 181}, "request_timeout_seconds is 181; give a whole number from 1 to 180"),
        ({"liveness_probe": {"period_seconds": 0}}, "liveness_probe: period_seconds is 0"),
        ({"autoscale": {"minimum": 5, "maximum": 2}}, "autoscale: maximum is 2; give a whole number from 5 to 50"),
        (
            {"autoscale": {"minimum": 1, "maximum": 2, "scale_in_percent": 80}},
            "scale_in_percent is 80; give a whole number from 0 to 69",
        ),
        (
            {"content_safety": {"account_id": "guard", "identity_client_id": "c"}},
            "content_safety: account_id is 'guard'; give the resource id",
        ),
        (
            {"content_safety": {"account_id": ACCOUNT, "identity_client_id": "c", "threshold": 9}},
            "threshold is 9; give a whole number from 0 to 7",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**args)
