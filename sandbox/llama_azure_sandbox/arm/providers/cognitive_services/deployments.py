"""Deployments of models in an account."""

from llama_azure_core.azure_enums import VersionUpgradeOption
from llama_azure_core.foundry import FoundryModel, FoundrySku, FoundryVersion, account_facts, foundry_limits
from llama_azure_core.naming import NameKind
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import FOUNDRY_DEPLOYMENT
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.operation_faults import OperationFault
from llama_azure_sandbox.arm.providers.cognitive_services.capacity import (
    capacity,
    end_of,
    listed,
    offered,
    regions_of,
    require_quota,
)
from llama_azure_sandbox.arm.providers.cognitive_services.children import AccountChild, bad_request, conflict, text
from llama_azure_sandbox.arm.providers.cognitive_services.content_filters import content_filter_names
from llama_azure_sandbox.arm.providers.cognitive_services.policies import require_policies
from llama_azure_sandbox.arm.providers.machine_learning_services.purchases import purchase_problem
from llama_azure_sandbox.arm.providers.skus import require_one_of
from llama_azure_sandbox.arm.resource_type import (
    ActionRequest,
    DeleteAnswer,
    PutAnswer,
    PutRequest,
    provisioning_state,
    with_state,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_PAUSED, _RUNNING = "Paused", "Running"
_PAUSABLE = ("Standard", "DataZoneStandard", "GlobalStandard")  # source S204
_MINUTE = 60


def _pause(request: ActionRequest) -> ArmAnswer:
    return _switch(request, _PAUSED)


def _resume(request: ActionRequest) -> ArmAnswer:
    return _switch(request, _RUNNING)


def _switch(request: ActionRequest, state: str) -> ArmAnswer:
    deployment = request.resource
    if provisioning_state(deployment) != "Succeeded":
        raise conflict(str(deployment.parent))
    sku = str((deployment.body.get("sku") or {}).get("name"))
    if sku.lower() not in {one.lower() for one in _PAUSABLE}:
        raise bad_request(f"A deployment with the SKU {sku} cannot be paused: {', '.join(_PAUSABLE)} can.")
    properties = {**deployment.body["properties"], "deploymentState": state}
    changed = with_state(deployment, "Succeeded")
    changed.body["properties"] |= properties
    request.world.store.save(changed)
    return ArmAnswer(200, Deployment(FOUNDRY_DEPLOYMENT).present(changed, request.world))


_ACTIONS = {"pause": _pause, "resume": _resume}


class Deployment(AccountChild):
    """A deployment: a version of a model with units of capacity."""

    child_name = NameKind.FOUNDRY_DEPLOYMENT
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    states_at_work = ("Accepted", "Accepted")
    patched = frozenset({"tags", "sku"})
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        """Refuse what Azure refuses. Codes and words without a source are this sandbox's."""
        super().check(request)
        properties = request.properties
        region = normalise_region(str(request.parent.body["location"]))
        model, version, sku = _offered(request, region)
        _require_alive(request, model, version)
        _require_capacity(request, sku)
        require_one_of(properties, "versionUpgradeOption", list(VersionUpgradeOption))
        require_one_of(properties, "deploymentState", (_PAUSED, _RUNNING))
        policy = properties.get("raiPolicyName")
        if policy and text(policy) not in content_filter_names(request.parent, request.world):
            raise ArmError(  # the words of public reports
                400,
                "InvalidResourceProperties",
                f"The specified RaiPolicyName '{policy}' is not found, please update it to a valid value.",
            )
        _require_place(request)
        require_policies(request)
        require_quota(request, sku, region)

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Fill in the version, the capacity and the options that Azure takes where a deployment names none."""
        found = offered(body)
        if found is None:
            return body
        model, version, sku = found
        before: Json = {} if request.existing is None else request.existing.body["properties"]
        own = {"format": model.format, "name": model.name, "version": version.version}
        properties: Json = {
            "versionUpgradeOption": VersionUpgradeOption.ONCE_NEW_DEFAULT_VERSION_AVAILABLE.value,
            "raiPolicyName": account_facts().default_content_filter,
            "deploymentState": before.get("deploymentState", _RUNNING),
            **request.properties,
            "model": {**request.properties["model"], **own},
        }
        given = {"capacity": sku.capacity.default, **body["sku"], "name": sku.name}
        return {**body, "sku": given, "properties": properties}

    def fault(self, request: PutRequest) -> OperationFault | None:
        """Let the purchase of a partner's model fail minutes later, as in github.com/Azure-Samples/claude/issues/62."""
        found, problem = offered(request.body), purchase_problem(request.world.settings)
        if found is None or found[0].sold_by_azure or problem is None:
            return None
        message = f"Marketplace Subscription purchase eligibility check failed, error message [{problem}.]"
        return OperationFault(never_ends=False, code="MarketplaceSubscriptionCannotBeCompleted", message=message)

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        found = offered(resource.body)
        if found is None:
            return {}
        _, _, sku = found
        units = capacity(resource.body)
        limits = {
            "request": sku.rate_limits.requests_per_minute * units,
            "token": sku.rate_limits.tokens_per_minute * units,
        }
        return {
            "capabilities": {"chatCompletion": "true"},
            "currentCapacity": units,
            "rateLimits": [{"key": key, "renewalPeriod": _MINUTE, "count": count} for key, count in limits.items()],
        }


def _offered(request: PutRequest, region: str) -> tuple[FoundryModel, FoundryVersion, FoundrySku]:
    """Return what is deployed, or refuse it in the words of source S211."""
    given: Json = request.properties.get("model") or {}
    sku: Json = request.body.get("sku") or {}
    missing = [name for name in ("format", "name") if not given.get(name)]
    if missing or not sku.get("name"):
        raise bad_request(f"A deployment needs {', '.join([f'model.{name}' for name in missing] or ['sku.name'])}.")
    version = given.get("version") or ""
    if listed(given) is None:
        raise ArmError(
            400,
            "DeploymentModelNotSupported",
            f"The model 'Format:{given['format']},Name:{given['name']},Version:{version}' of account deployment is not "
            "supported.",
        )
    found = offered(request.body)
    if found is None or region not in regions_of(request.world, found[0], found[2]):
        raise ArmError(
            400,
            "InvalidResourceProperties",
            f"The specified SKU '{sku['name']}' for model '{given['name']} {version}' is not supported in this region "
            f"'{region}'.",
        )
    return found


def _require_alive(request: PutRequest, model: FoundryModel, version: FoundryVersion) -> None:
    """Refuse a new deployment of a version whose end has come."""
    ends = end_of(request.world, model, version)
    if ends is not None and request.world.as_of >= ends and request.existing is None:
        raise ArmError(
            400,
            "ServiceModelDeprecated",
            f"The model 'Format: {model.format}, Name: {model.name}, Version: {version.version}' has been deprecated "
            f"since {ends:%m/%d/%Y}.",
        )


def _require_capacity(request: PutRequest, sku: FoundrySku) -> None:
    given = (request.body.get("sku") or {}).get("capacity")
    if given is None:
        return
    most, least = sku.capacity.maximum, sku.capacity.minimum
    if isinstance(given, int) and not isinstance(given, bool) and sku.capacity_problem(given) is None:
        return
    if most is None and isinstance(given, int) and given >= least:
        raise ArmError(400, "InvalidCapacity", f"The {sku.capacity_problem(given)}.")
    upper = "" if most is None else f" and no more than {most}"
    raise ArmError(  # the words of source S201
        400,
        "InvalidCapacity",
        f"The specified capacity '{given}' of account deployment should be at least {least}{upper}.",
    )


def _require_place(request: PutRequest) -> None:
    """Refuse one deployment more than an account may have."""
    if request.existing is not None:
        return
    beside = [
        one
        for one in request.world.store.children(request.parent.key)
        if one.type.lower() == FOUNDRY_DEPLOYMENT.lower()
    ]
    most = foundry_limits()["deploymentsPerAccount"]
    if len(beside) >= most:
        raise bad_request(f"The account '{request.parent.name}' has {len(beside)} deployments, and may have {most}.")
