"""Online endpoints: one URI and one pair of keys for all of their deployments."""

from llama_azure_core.naming import NameKind
from llama_azure_core.regions import normalise_region
from llama_azure_core.traffic import Reached, mirror_problem, traffic_problem
from llama_azure_sandbox.arm.errors import ArmError, user_error
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.providers.machine_learning_services.endpoint_rules import (
    endpoint_quota_problem,
    require_projects_region,
)
from llama_azure_sandbox.arm.providers.machine_learning_services.endpoint_tokens import issue_endpoint_token
from llama_azure_sandbox.arm.providers.machine_learning_services.inferencing import inferencing_refusal
from llama_azure_sandbox.arm.providers.machine_learning_services.keys import regenerate_key
from llama_azure_sandbox.arm.providers.machine_learning_services.names import require_name, taken_in_region
from llama_azure_sandbox.arm.providers.machine_learning_services.shared_quota import (
    deletion_time,
    require_shared_quota,
    with_deletion_time,
)
from llama_azure_sandbox.arm.resource_type import (
    ActionRequest,
    DeleteAnswer,
    PutAnswer,
    PutRequest,
    ResourceType,
    new_key_pair,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_AUTH_MODES = ("Key", "AMLToken", "AADToken")


def _list_keys(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, dict(request.resource.secrets))


def _regenerate_keys(request: ActionRequest) -> ArmAnswer:
    regenerate_key(request)
    return ArmAnswer(200)


def _token(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, issue_endpoint_token(request.resource, request.world.now()))


_ACTIONS = {"listkeys": _list_keys, "regeneratekeys": _regenerate_keys, "token": _token}


class OnlineEndpoint(ResourceType):
    """An online endpoint; deleting it takes its deployments along."""

    needs_location = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    actions = _ACTIONS
    long_actions = frozenset({"regeneratekeys"})

    def check(self, request: PutRequest) -> None:
        super().check(request)
        region = require_projects_region(request)
        require_name(NameKind.ONLINE_ENDPOINT, request, region)
        auth_mode = request.properties.get("authMode")
        if auth_mode not in _AUTH_MODES:
            raise inferencing_refusal("AuthMode", f"authMode is {auth_mode!r}: give one of {', '.join(_AUTH_MODES)}.")
        if request.existing is None:
            _require_place(request, region)
        else:
            _require_same_identity(request, request.existing)
        require_shared_quota(request, region)
        _require_traffic(request)

    def completed(self, request: PutRequest, body: Json) -> Json:
        return with_deletion_time(request, body)

    def expires_at(self, resource: StoredResource) -> float | None:
        return deletion_time(resource.body)

    def new_secrets(self) -> dict[str, str]:
        return new_key_pair()

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        region = normalise_region(resource.body["location"])
        name = resource.name
        base = f"{world.base_url}/managed/{region}/{name}"
        return {"scoringUri": f"{base}/score", "swaggerUri": f"{base}/swagger.json"}


def _require_place(request: PutRequest, region: str) -> None:
    if taken_in_region(request.world, request, region) is not None:
        # The first words are those of source S47; the rest is this sandbox's.
        raise user_error(
            f"There is already an endpoint with this name in {region}: {request.id.name}. Please select a different "
            "name.",
            "BadArgument",
            region=region,
        )
    problem = endpoint_quota_problem(request.world, region)
    if problem is not None:
        raise ArmError(400, "InferencingClientCallFailed", problem)


def _require_same_identity(request: PutRequest, existing: StoredResource) -> None:
    """Refuse another identity: an endpoint has its own for life (source S113). The words are the sandbox's."""
    now, then = (Reached.of(body).identity for body in (existing.body, request.body))
    if request.body.get("identity") and now != then:
        raise inferencing_refusal(
            "Identity", f"The identity of the endpoint {request.id.name} cannot be changed: it is {now}, not {then}."
        )


def _require_traffic(request: PutRequest) -> None:
    """Refuse traffic to deployments that are not there, and shares that make no sense. The words are the sandbox's."""
    traffic, mirror = (_shares(request.properties.get(name)) for name in ("traffic", "mirrorTraffic"))
    deployments = {deployment.name.lower() for deployment in request.world.store.children(request.id.key)}
    missing = sorted(name for name in {**traffic, **mirror} if name.lower() not in deployments)
    if missing:
        raise inferencing_refusal(
            "Traffic",
            f"The endpoint has no deployment named {', '.join(missing)}: an endpoint gets its traffic after its "
            "deployments.",
        )
    problem = traffic_problem(traffic) or mirror_problem(mirror, traffic)
    if problem is not None:
        raise inferencing_refusal("Traffic", f"{problem}.")


def _shares(value: object) -> dict[str, int]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(share, int) for share in value.values()):
        raise inferencing_refusal("Traffic", "Traffic is a map from deployments to whole percentages.")
    return value
