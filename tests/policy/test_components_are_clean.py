"""What the components build of valid settings passes every rule that blocks."""

from typing import Any

import pulumi
from google.protobuf.json_format import ParseDict
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pulumi.runtime import mocks
from pulumi.runtime.proto import analyzer_pb2, resource_pb2

from llama_azure.estate import build_estate
from llama_azure_core.catalogue import all_models, serverless_availability
from llama_azure_core.settings import parse_settings
from llama_guardrails import RULES
from llama_guardrails.configuration import GENERAL
from llama_guardrails.findings import read_trailer
from llama_guardrails.pack import Analyzer
from tests.policy.judging import DAY
from tests.unit.components.recording import Recorder

ME = "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234"
IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
REGION = "eastus2"
SERVERLESS = [
    model.name
    for model in all_models()
    if model.serverless is not None and serverless_availability(model, REGION, DAY).is_offered
]


class Requests(mocks.MockMonitor):
    """Keeps what the SDK registers, as the engine would pass it on to a pack."""

    def __init__(self) -> None:
        super().__init__(Recorder())
        self.registered: list[resource_pb2.RegisterResourceRequest] = []

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:
        self.registered.append(request)
        return super().RegisterResource(request)


def registered(settings: dict[str, Any]) -> Requests:
    monitor = Requests()
    mocks.set_mocks(monitor.mocks, project="llama-azure", stack="test", monitor=monitor)

    @pulumi.runtime.test
    def run() -> None:
        build_estate(parse_settings(settings, source="test"))

    run()
    return monitor


def judge(monitor: Requests, deployers: list[dict[str, Any]]) -> list[Any]:
    """Show the pack what the engine would, and return what it has to say."""
    analyzer: Any = Analyzer(RULES)
    configure = {
        GENERAL: {"properties": {"asOf": DAY.isoformat()}, "enforcementLevel": "MANDATORY"},
        "deployer-can-deploy": {"properties": {"deployers": deployers}, "enforcementLevel": "MANDATORY"},
        "deployer-has-no-excess": {"properties": {"deployers": deployers}, "enforcementLevel": "MANDATORY"},
    }
    analyzer.Configure(ParseDict({"policyConfig": configure}, analyzer_pb2.ConfigureAnalyzerRequest()), None)
    said, stack = [], []
    for request in monitor.registered:
        urn = monitor.make_urn(request.parent, request.type, request.name)
        common: dict[str, Any] = {"type": request.type, "urn": urn, "name": request.name, "properties": request.object}
        options = analyzer_pb2.AnalyzerResourceOptions(protect=request.protect, parent=request.parent)
        said.extend(analyzer.Analyze(analyzer_pb2.AnalyzeRequest(**common, options=options), None).diagnostics)
        depends = {
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=value.urns)
            for key, value in request.propertyDependencies.items()
        }
        stack.append(
            analyzer_pb2.AnalyzerResource(
                **common,
                options=options,
                parent=request.parent,
                dependencies=request.dependencies,
                propertyDependencies=depends,
            )
        )
    said.extend(analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=stack), None).diagnostics)
    return said


def blocking(said: list[Any]) -> list[str]:
    """Return what blocks a pull request: violations of blocking rules, and what they could not decide."""
    return [
        f"{one.urn.rsplit('::', 1)[-1]}: {one.message}"
        for one in said
        if (trailer := read_trailer(one.message)) is None or trailer.level == "mandatory"
    ]


names = st.from_regex(r"[a-z]{3,8}", fullmatch=True)
serverless = st.lists(
    st.fixed_dictionaries(
        {"model": st.sampled_from(SERVERLESS)},
        optional={"authMode": st.sampled_from(["Key", "AAD", "KeyAndAAD"]), "subscribe": st.none()},
    ),
    max_size=3,
    unique_by=lambda entry: str(entry["model"]),
)
deployment = st.fixed_dictionaries(
    {
        "model": st.just("Llama-2-7b-chat"),
        "vmSize": st.sampled_from(["Standard_NC48ads_A100_v4", "Standard_ND40rs_v2"]),
    },
    optional={
        "instances": st.integers(2, 5),
        "collectData": st.booleans(),
        "autoscale": st.just({"minimum": 2, "maximum": 6}),
        "requestTimeoutSeconds": st.integers(1, 180),
    },
)
managed = st.dictionaries(
    names,
    st.builds(
        lambda rest, blue, green, share: {
            **rest,
            "deployments": {"blue": {**blue, "traffic": share}, "green": {**green, "traffic": 100 - share}},
        },
        st.fixed_dictionaries(
            {},
            optional={
                "authMode": st.sampled_from(["Key", "AADToken", "AMLToken"]),
                "publicNetworkAccess": st.booleans(),
                "identity": st.just(IDENTITY),
            },
        ),
        deployment,
        deployment,
        st.integers(0, 100),
    ),
    max_size=1,
)
hub = st.fixed_dictionaries(
    {"name": st.just("hub-llama")},
    optional={
        "publicNetworkAccess": st.booleans(),
        "diagnostics": st.booleans(),
        "managedNetwork": st.sampled_from(
            [
                {"isolationMode": "Disabled"},
                {
                    "isolationMode": "AllowOnlyApprovedOutbound",
                    "outboundRules": {"pypi": {"fqdn": "packages.example.com"}},
                },
            ]
        ),
    },
)
valid_settings = st.fixed_dictionaries(
    {
        "llama-azure:hub": hub,
        "llama-azure:projects": st.dictionaries(
            names, st.fixed_dictionaries({"serverless": serverless, "managed": managed}), min_size=1, max_size=3
        ),
        "llama-azure:tags": st.just({"owner": "me"}),
    },
    optional={
        "llama-azure:deletionProtection": st.booleans(),
        "llama-azure:deployers": st.just(
            {"me": {"principalId": ME, "principalType": "ServicePrincipal", "maySubscribe": True}}
        ),
    },
)


@given(valid_settings)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_components_build_of_valid_settings_is_clean(chosen: dict[str, Any]) -> None:
    place = {
        "azure-native:location": REGION,
        "llama-azure:asOf": DAY.isoformat(),
        "llama-azure:resourceGroup": "rg-llama",
    }
    deployers = [{"principalId": ME}] if "llama-azure:deployers" in chosen else []
    monitor = registered(place | chosen)
    assert any(request.type.endswith(":Workspace") for request in monitor.registered)
    assert blocking(judge(monitor, deployers)) == []


def test_a_model_twice_in_a_project_is_not_clean() -> None:
    """The property above can fail: this is what it looks like."""
    twice = [{"model": SERVERLESS[0], "name": name} for name in ("one", "two")]
    monitor = registered(
        {
            "azure-native:location": REGION,
            "llama-azure:asOf": DAY.isoformat(),
            "llama-azure:resourceGroup": "rg-llama",
            "llama-azure:hub": {"name": "hub-llama"},
            "llama-azure:projects": {"chat": {"serverless": twice}},
        }
    )
    (said,) = blocking(judge(monitor, []))
    assert "[LLA-MOD-001 violation mandatory" in said
