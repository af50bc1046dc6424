"""The endpoints that the data plane serves, as Resource Manager's resources describe them."""

import datetime as dt
import logging
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import Model, model_of_registry_id
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import ONLINE_DEPLOYMENT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.operations import settle
from llama_azure_sandbox.arm.private_link import reached
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.providers.machine_learning_services.serverless_endpoints import saas_resource_of_endpoint
from llama_azure_sandbox.arm.resource_type import provisioning_state
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.inference.rate_limit import Limit
from llama_azure_sandbox.inference.safety import ContentFilter, content_safety

_T = TypeVar("_T")

_log = logging.getLogger(__name__)

SERVING_STATES = ("Succeeded", "Updating")
"""The provisioning states in which a resource answers."""
_ENABLED = "enabled"
# The sample that deploys Llama with content safety hands the account to the scoring script so (source S70).
_SAFETY_VARIABLES = ("CONTENT_SAFETY_ENDPOINT", "CONTENT_SAFETY_ACCOUNT_NAME")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A model that answers: a serverless endpoint, or one of the deployments of an online endpoint."""

    key: str
    name: str
    instance: str
    """Differs each time a resource of this id is created anew."""
    model: Model | None
    content_filter: ContentFilter | None
    """What is filtered; ``None`` for nothing."""
    collects: frozenset[str] = frozenset()
    """The collections of inference data that are kept."""
    request_timeout: float = 0.0
    """Seconds; managed compute only."""
    parallel_requests: int = 0
    """How many requests may be in progress; managed compute only."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address with keys, and the deployments behind it."""

    id: str
    instance: str
    name: str
    region: str
    project: str
    """Id of the workspace that it belongs to."""
    auth_mode: str
    keys: tuple[str, ...] = field(repr=False)
    state: str
    """Azure's ``endpointState``; Online where it serves."""
    deployments: Mapping[str, Deployment]
    closed: bool = False
    """Whether it is closed to public networks."""
    reached: bool = False
    """Whether callers inside find it: a private endpoint leads to its hub or its project."""
    charged: str = ""
    """Id of the resource that its use is booked on: the SaaS resource of its project and offer, or the project."""
    traffic: Mapping[str, int] = field(default_factory=dict)
    mirror: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be asked; facts/limits.yaml, or as the world is set."""

    serverless: Limit
    managed: Limit


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every endpoint by region and name, in lower case, at one moment."""

    serverless: Mapping[tuple[str, str], Endpoint]
    managed: Mapping[tuple[str, str], Endpoint]
    limits: Limits
    clock_offset: float
    as_of: dt.date
    """The date by which models are judged and tokens are booked."""
    next_due: float
    """When the next operation is due, in seconds since the epoch."""
    changes: int


class Endpoints:
    """Reads the endpoints of a world once per change of its store. Safe to use from several threads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._reached: frozenset[str] = frozenset()

    def now(self) -> float:
        """Return the time by the sandbox's clock, in seconds since the epoch."""
        return self._world.machine_clock() + self.current().clock_offset

    def told_now(self) -> float:
        """Return the time that answers tell, which is the one that the world writes down."""
        return self.now() + self._world.ahead

    def current(self) -> Snapshot:
        """Return the endpoints as they are now; operations that are due are finished first."""
        snapshot = self._fresh()
        if self._world.machine_clock() + snapshot.clock_offset >= snapshot.next_due:
            with self._world.store.transaction():
                settle(self._world)
            snapshot = self._fresh()
        return snapshot

    def _fresh(self) -> Snapshot:
        snapshot = self._snapshot
        if snapshot is None or snapshot.changes != self._world.store.changes:
            with self._lock:
                snapshot = self._snapshot = self._read()
        return snapshot

    def _read(self) -> Snapshot:
        store, settings = self._world.store, self._world.settings
        changes, self._reached = store.changes, reached(self._world)
        known = load_facts("limits")
        limit = {**known["serverless"], **known["onlineEndpoints"], **settings.limits}
        serverless = (readable(self._serverless, resource) for resource in store.of_type(SERVERLESS_ENDPOINT))
        managed = (readable(self._managed, resource) for resource in store.of_type(ONLINE_ENDPOINT))
        return Snapshot(
            {(one.region, one.name.lower()): one for one in serverless if one is not None},
            {(one.region, one.name.lower()): one for one in managed if one is not None},
            Limits(
                Limit(limit["requestsPerMinute"], limit["tokensPerMinute"]),
                Limit(limit["requestsPerSecond"], seconds=1.0),
            ),
            settings.clock_offset_seconds,
            self._world.as_of,
            min((operation.due for operation in store.due_operations(math.inf)), default=math.inf),
            changes,
        )

    def _serverless(self, resource: StoredResource) -> Endpoint | None:
        if provisioning_state(resource) not in SERVING_STATES:
            return None
        properties = resource_type(resource.type).present(resource, self._world)["properties"]
        safety = (properties.get("contentSafety") or {}).get("contentSafetyStatus", "Enabled")
        model = model_of_registry_id((properties.get("modelSettings") or {}).get("modelId") or "")
        used = content_safety() if str(safety).lower() == _ENABLED else None
        deployment = Deployment(resource.key, resource.name, resource.instance, model, used)
        return Endpoint(
            id=resource.id,
            instance=resource.instance,
            name=resource.name,
            region=normalise_region(resource.body["location"]),
            project=_parent_id(resource),
            auth_mode=str(properties.get("authMode") or "Key"),
            keys=tuple(resource.secrets.values()),
            # It follows its hub (source S131).
            closed=any(_is_closed(one) for one in _hub_or_project(self._world, resource)),
            reached=self._is_reached(resource),
            charged=self._charged(resource),
            state=str(properties.get("endpointState", "Online")),
            deployments={deployment.name: deployment},
        )

    def _is_reached(self, endpoint: StoredResource) -> bool:
        project = self._world.store.resource(str(endpoint.parent))
        return any(one.key in self._reached for one in (project, _hub(self._world, endpoint)) if one is not None)

    def _charged(self, endpoint: StoredResource) -> str:
        saas = saas_resource_of_endpoint(self._world, endpoint)
        return _parent_id(endpoint) if saas is None else saas.id

    def _managed(self, resource: StoredResource) -> Endpoint | None:
        if provisioning_state(resource) not in SERVING_STATES:
            return None
        properties = resource.body["properties"]
        return Endpoint(
            id=resource.id,
            instance=resource.instance,
            name=resource.name,
            region=normalise_region(resource.body["location"]),
            project=_parent_id(resource),
            auth_mode=str(properties.get("authMode") or "Key"),
            keys=tuple(resource.secrets.values()),
            closed=_is_closed(resource),
            reached=self._is_reached(resource),
            state="Online",
            deployments={
                child.name: deployment
                for child in self._world.store.children(resource.key)
                if child.type.lower() == ONLINE_DEPLOYMENT.lower() and provisioning_state(child) in SERVING_STATES
                if (deployment := readable(_online_deployment, child)) is not None
            },
            traffic=_shares(properties.get("traffic")),
            mirror=_shares(properties.get("mirrorTraffic")),
        )


def _hub(world: World, endpoint: StoredResource) -> StoredResource | None:
    project = world.store.resource(str(endpoint.parent))
    hub_id = "" if project is None else str(project.body["properties"].get("hubResourceId") or "")
    return world.store.resource(hub_id.lower())


def _hub_or_project(world: World, endpoint: StoredResource) -> list[StoredResource]:
    """Return the hub that an endpoint's project belongs to; a workspace without one stands for itself."""
    found = _hub(world, endpoint) or world.store.resource(str(endpoint.parent))
    return [] if found is None else [found]


def _is_closed(resource: StoredResource) -> bool:
    return str(resource.body["properties"].get("publicNetworkAccess")).lower() == "disabled"


def readable(read: Callable[[StoredResource], _T | None], resource: StoredResource) -> _T | None:
    """Return what a resource says of itself, ``None`` for one that cannot be read: it must not end the others."""
    try:
        return read(resource)
    except Exception:  # noqa: BLE001 - as said above
        _log.exception("%s cannot be read, and serves nothing", resource.id)
        return None


def _online_deployment(resource: StoredResource) -> Deployment:
    properties = resource.body["properties"]
    requests = properties.get("requestSettings") or {}
    instances = int((resource.body.get("sku") or {}).get("capacity") or 1)
    variables = properties.get("environmentVariables") or {}
    collections = (properties.get("dataCollector") or {}).get("collections") or {}
    defaults = load_facts("limits")["onlineEndpoints"]
    return Deployment(
        key=resource.key,
        name=resource.name,
        instance=resource.instance,
        model=_model_of_version(properties.get("model")),
        content_filter=content_safety() if any(variables.get(name) for name in _SAFETY_VARIABLES) else None,
        collects=frozenset(
            name
            for name, chosen in collections.items()
            if str((chosen or {}).get("dataCollectionMode", "Disabled")).lower() == _ENABLED
        ),
        request_timeout=_seconds(requests.get("requestTimeout"), defaults["defaultRequestTimeoutMilliseconds"] / 1000),
        # Twice what the instances work on, the other half waiting; above that 429 (source S25).
        parallel_requests=2 * int(requests.get("maxConcurrentRequestsPerInstance") or 1) * instances,
    )


def _model_of_version(model_id: object) -> Model | None:
    return model_of_registry_id(str(model_id or "").partition("/versions/")[0])


def _shares(given: object) -> dict[str, int]:
    return {str(name): int(share) for name, share in given.items()} if isinstance(given, dict) else {}


def _seconds(duration: object, default: float) -> float:
    """Return an ISO 8601 duration of hours, minutes and seconds in seconds."""
    text = str(duration or "")
    if not text.startswith("PT"):
        return default
    total, number = 0.0, ""
    for sign in text[2:]:
        if sign in "HMS":
            total += float(number or 0) * {"H": 3600, "M": 60, "S": 1}[sign]
            number = ""
        else:
            number += sign
    return total


def _parent_id(resource: StoredResource) -> str:
    return str(ResourceId.parse(resource.id).parent)
