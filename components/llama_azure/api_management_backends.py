"""A stack's endpoints behind an API Management service that is there: pools, circuit breakers, token limits."""

import re
import uuid
from typing import NotRequired, TypedDict

import pulumi

from llama_azure._answers import part
from llama_azure._arguments import ArgumentError, whole
from llama_azure._azure_native import apimanagement, authorization
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.api_management import policy_xml
from llama_azure_core.foundry import account_facts
from llama_azure_core.rbac import built_in_role
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import API_MANAGEMENT, ROLE_DEFINITION

_NAME = "ApiManagementBackends"
_NAMES = uuid.UUID("e1f8a7a2-2c55-5b53-9a0c-7a4f2c3b9d10")
_OPERATIONS = {"chat": ("POST", "/chat/completions"), "completions": ("POST", "/completions")}


class ApiManagementBackend(TypedDict):
    """An endpoint behind the API."""

    url: pulumi.Input[str]
    """Required. Its address, which the route is put after: of a Foundry deployment
    https://<account>.services.ai.azure.com/openai/deployments/<deployment>."""
    priority: NotRequired[int]
    """Optional. Backends of priority 1 are used first, of 2 where none of those answers, and so on. Default: 1."""
    weight: NotRequired[int]
    """Optional. Its share of the requests among those of its priority, 1 to 100. Default: 1."""


class CircuitBreaker(TypedDict):
    """When a backend is left alone."""

    failures: NotRequired[int]
    """Optional. After how many answers of 429 or 5xx within `interval_seconds`. Default: 3."""
    interval_seconds: NotRequired[int]
    """Optional. Within what time. Default: 30."""
    trip_seconds: NotRequired[int]
    """Optional. For how long, unless the backend itself says it (Retry-After). Default: 30."""


class ApiManagementBackendsArgs(TypedDict):
    """The inputs of ApiManagementBackends."""

    service_id: pulumi.Input[str]
    """Required. The resource id of an API Management service that is there and has a system-assigned identity."""
    api_name: str
    """Required. The name of the API to make, unique in the service."""
    path: NotRequired[str]
    """Optional. The path of the API below the service's address. Default: the API's name."""
    models: dict[str, list[ApiManagementBackend]]
    """Required. By the name that callers send as the model: the endpoints that serve it. Several become a pool."""
    circuit_breaker: NotRequired[CircuitBreaker]
    """Optional. When a backend is left alone."""
    tokens_per_minute: NotRequired[int]
    """Optional. How many tokens the holder of a subscription key may use a minute. Default: no limit."""
    subscriptions: NotRequired[list[str]]
    """Optional. The teams that get a subscription of the API, with two keys each, which the service keeps. Default:
    none."""
    account_ids: NotRequired[list[str]]
    """Optional. The resource ids of the Foundry resources behind it; the service's identity gets the role Foundry User
    there. Default: none."""


class ApiManagementBackends(pulumi.ComponentResource):
    """An API for a stack's endpoints in an API Management service, which is not changed otherwise.

    Callers send a subscription key and the name of a model. Each backend has a circuit breaker; the service signs in at
    the backends with its own identity, and they need no keys. Token metrics take a logger of Application Insights at
    the service, with custom metrics on.
    """

    base_url: pulumi.Output[str]
    """The API's address; callers add /chat/completions."""
    api_id: pulumi.Output[str]
    """The API's Azure resource id."""
    backend_ids: pulumi.Output[dict[str, str]]
    """By model: the resource id of its pool, or of its only backend."""

    def __init__(self, name: str, args: ApiManagementBackendsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        _require_usable(args)
        self._name, self._args = name, args
        service_id = pulumi.Output.from_input(args["service_id"])
        self._group = service_id.apply(lambda found: ResourceId.parse(found).resource_group or "")
        self._service = service_id.apply(lambda found: ResourceId.parse(found).name)
        service = apimanagement.get_api_management_service_output(
            resource_group_name=self._group,
            service_name=self._service,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        self._grant(service)
        ids: dict[str, pulumi.Output[str]] = {}
        behind: dict[str, str] = {}
        made: list[pulumi.Resource] = []
        for model, backends in args["models"].items():
            entry = self._entry(model, backends)
            ids[model], behind[model] = entry[0].id, entry[1]
            made.append(entry[0])
        api = self._api(behind, made)
        self.base_url = service.gateway_url.apply(
            lambda url: f"{str(url or '').rstrip('/')}/{args.get('path', args['api_name'])}"
        )
        self.api_id = api.id
        self.backend_ids = pulumi.Output.all(**ids)
        self.register_outputs({"base_url": self.base_url, "api_id": self.api_id, "backend_ids": self.backend_ids})

    def _entry(self, model: str, backends: list[ApiManagementBackend]) -> tuple["apimanagement.Backend", str]:
        """Declare the backends of a model; return the resource that the policy names, and its name."""
        stem = _stem(self._args["api_name"], model)
        singles = [self._backend(f"{stem}-{place}", model, one) for place, one in enumerate(backends, start=1)]
        if len(singles) == 1:
            return singles[0], f"{stem}-1"
        services = [
            apimanagement.BackendPoolItemArgs(
                # A pool names its members below the service, as Azure does.
                id=f"/backends/{stem}-{place}",
                priority=whole(f"{_NAME}: models.{model}", one, "priority", 1, least=1, most=100),
                weight=whole(f"{_NAME}: models.{model}", one, "weight", 1, least=1, most=100),
            )
            for place, one in enumerate(backends, start=1)
        ]
        pool = apimanagement.Backend(
            f"{self._name}-{stem}",
            resource_group_name=self._group,
            service_name=self._service,
            backend_id=stem,
            description=f"Everything that serves {model}",
            type=apimanagement.BackendType.POOL,
            pool=apimanagement.BackendBaseParametersPoolArgs(services=services),
            opts=child_options(self, depends_on=singles),
        )
        return pool, stem

    def _backend(self, backend_id: str, model: str, backend: ApiManagementBackend) -> "apimanagement.Backend":
        breaker, where = self._args.get("circuit_breaker", {}), f"{_NAME}: circuit_breaker"
        interval = whole(where, breaker, "interval_seconds", 30, least=1, most=3600)
        trip = whole(where, breaker, "trip_seconds", 30, least=1, most=3600)
        return apimanagement.Backend(
            f"{self._name}-{backend_id}",
            resource_group_name=self._group,
            service_name=self._service,
            backend_id=backend_id,
            description=f"Serves {model}",
            type=apimanagement.BackendType.SINGLE,
            protocol=apimanagement.BackendProtocol.HTTP,
            url=backend["url"],
            tls=apimanagement.BackendTlsPropertiesArgs(validate_certificate_chain=True, validate_certificate_name=True),
            circuit_breaker=apimanagement.BackendCircuitBreakerArgs(
                # Azure takes one rule.
                rules=[
                    apimanagement.CircuitBreakerRuleArgs(
                        name="throttled-or-failing",
                        failure_condition=apimanagement.CircuitBreakerFailureConditionArgs(
                            count=whole(where, breaker, "failures", 3, least=1, most=10_000),
                            interval=f"PT{interval}S",
                            status_code_ranges=[
                                apimanagement.FailureStatusCodeRangeArgs(min=429, max=429),
                                apimanagement.FailureStatusCodeRangeArgs(min=500, max=599),
                            ],
                        ),
                        trip_duration=f"PT{trip}S",
                        accept_retry_after=True,
                    )
                ]
            ),
            opts=child_options(self),
        )

    def _api(self, behind: dict[str, str], backends: list[pulumi.Resource]) -> "apimanagement.Api":
        args = self._args
        api = apimanagement.Api(
            f"{self._name}-api",
            resource_group_name=self._group,
            service_name=self._service,
            api_id=args["api_name"],
            display_name=args["api_name"],
            path=args.get("path", args["api_name"]),
            protocols=[apimanagement.Protocol.HTTPS],
            subscription_required=True,
            subscription_key_parameter_names=apimanagement.SubscriptionKeyParameterNamesContractArgs(
                # What clients of Azure OpenAI send.
                header="api-key",
                query="subscription-key",
            ),
            opts=child_options(self),
        )
        for operation, (method, template) in _OPERATIONS.items():
            apimanagement.ApiOperation(
                f"{self._name}-{operation}",
                resource_group_name=self._group,
                service_name=self._service,
                api_id=api.name,
                operation_id=operation,
                display_name=operation,
                method=method,
                url_template=template,
                opts=child_options(self),
            )
        most = args.get("tokens_per_minute")
        apimanagement.ApiPolicy(
            f"{self._name}-policy",
            resource_group_name=self._group,
            service_name=self._service,
            api_id=api.name,
            policy_id="policy",
            format=apimanagement.PolicyContentFormat.XML,
            value=policy_xml(
                behind,
                {model: len(one) for model, one in args["models"].items()},
                None if most is None else whole(_NAME, args, "tokens_per_minute", 0, least=1, most=10**9),
            ),
            opts=child_options(self, depends_on=backends),
        )
        for team in args.get("subscriptions", []):
            apimanagement.Subscription(
                f"{self._name}-team-{team}",
                resource_group_name=self._group,
                service_name=self._service,
                sid=f"{args['api_name']}-{team}",
                display_name=f"{args['api_name']}: {team}",
                scope=api.id,
                state=apimanagement.SubscriptionState.ACTIVE,
                opts=child_options(self),
            )
        return api

    def _grant(self, service: pulumi.Output["apimanagement.GetApiManagementServiceResult"]) -> None:
        """Let the service's identity call the Foundry resources."""
        role = account_facts().caller_role
        found = built_in_role(role)
        if found is None:
            raise KeyError(role)
        subscription = authorization.get_client_config_output(
            opts=pulumi.InvokeOutputOptions(parent=self)
        ).subscription_id
        principal = service.identity.apply(self._principal)
        for account_id in self._args.get("account_ids", []):
            guid = pulumi.Output.all(role, account_id, principal).apply(lambda made_of: _guid(*made_of))
            authorization.RoleAssignment(
                f"{self._name}-caller-{ResourceId.parse(account_id).name}",
                scope=account_id,
                role_assignment_name=guid,
                role_definition_id=pulumi.Output.format(
                    f"/subscriptions/{{0}}/providers/{ROLE_DEFINITION}/{found.id}", subscription
                ),
                principal_id=principal,
                principal_type="ServicePrincipal",
                opts=child_options(self, transforms=[with_what_azure_has(self)]),
            )

    def _principal(self, identity: object) -> str:
        principal = str(part(identity, "principal_id") or "")
        if not principal and not pulumi.runtime.is_dry_run() and self._args.get("account_ids"):
            pulumi.log.error(
                f"{self._name}: the API Management service has no system-assigned identity to call Foundry resources "
                "with; switch it on there",
                self,
            )
        return principal


def _guid(role: str, scope: str, principal: str) -> str:
    # Azure lets nothing of an assignment change, so its name changes with whatever it is made of.
    return str(uuid.uuid5(_NAMES, f"{role}\0{scope.casefold()}\0{principal.casefold()}"))


def _stem(api: str, model: str) -> str:
    """Return the name of a model's pool: letters, digits and hyphens, 1 to 80 (source S38)."""
    return "-".join(re.findall(r"[A-Za-z0-9]+", f"{api} {model}"))[:76].rstrip("-")


def _require_usable(args: ApiManagementBackendsArgs) -> None:
    service_id = args["service_id"]
    if isinstance(service_id, str) and not ResourceId.parse(service_id).is_type(API_MANAGEMENT):
        raise ArgumentError(_NAME, "service_id", f"{service_id!r} is not the id of an API Management service")
    if not args["models"] or not all(args["models"].values()):
        raise ArgumentError(_NAME, "models", "give at least one model, and at least one backend for each")
    stems: dict[str, str] = {}
    for model in args["models"]:
        other = stems.setdefault(_stem(args["api_name"], model).casefold(), model)
        if other != model:
            raise ArgumentError(_NAME, "models", f"{other} and {model} would have one backend: rename one of them")
