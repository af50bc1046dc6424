"""The traffic of an online endpoint as a resource of its own, by a dynamic provider (ADR 0006).

Nothing here runs in the Pulumi program but the making of the resource; see ``_arm_provider``.
"""

import copy
from collections.abc import Mapping

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    UpdateResult,
)
from pulumi.output import Unknown

from llama_azure._arm_provider import ArmProvider, Json, RefusedError, refusal
from llama_azure_core.resource_types import ONLINE_ENDPOINT, api_version
from llama_azure_core.traffic import mirror_problem, traffic_problem

ENDPOINT_API_VERSION = api_version(ONLINE_ENDPOINT)
"""The version of Azure Resource Manager's API that azure-native uses for online endpoints."""

_NOT_SENT = frozenset({"id", "name", "type", "systemData", "etag"})
_NOT_SENT_PROPERTIES = frozenset({"provisioningState", "scoringUri", "swaggerUri"})
_ALL = 100

Shares = dict[str, int]


def shares(values: Mapping[str, float] | None) -> Shares:
    """Return percentages by deployment, whole and without those that are zero: zero is what is not said."""
    return {name: int(share) for name, share in (values or {}).items() if share}


def body_with_traffic(shown: Json, traffic: Shares, mirror: Shares) -> Json:
    """Return the body to PUT for an endpoint to be as Azure shows it, but for its traffic.

    An online endpoint's PATCH takes tags and identity only (source S29): traffic takes the whole resource.
    """
    body = copy.deepcopy({name: value for name, value in shown.items() if name not in _NOT_SENT})
    properties = {name: value for name, value in body["properties"].items() if name not in _NOT_SENT_PROPERTIES}
    body["properties"] = {**properties, "traffic": traffic, "mirrorTraffic": mirror}
    if (identity := body.get("identity")) is not None:
        body["identity"] = {"type": identity["type"]}
        if users := identity.get("userAssignedIdentities"):
            body["identity"]["userAssignedIdentities"] = {name: {} for name in users}
    return body


def traffic_to_leave(before: Shares, own: set[str], there: set[str]) -> Shares:
    """Return the traffic that an endpoint gets when this stack lets go of it.

    What it had before, where that sends nothing to this stack's deployments and all of it is still there;
    else none, so that Azure lets the deployments be deleted.
    """
    others = {name: share for name, share in before.items() if name in there - own}
    return others if sum(others.values()) == _ALL else {}


def _is_unknown(value: object) -> bool:
    return isinstance(value, Unknown)


class EndpointTrafficProvider(ArmProvider):
    """Sets an endpoint's traffic once its deployments are there, and takes it away before they go."""

    user_agent = "llama-azure-traffic"

    def check(self, _olds: Json, news: Json) -> CheckResult:
        failures = []
        if not _is_unknown(news["traffic"]) and not _is_unknown(news["mirror"]):
            traffic, mirror = shares(news["traffic"]), shares(news["mirror"])
            problems = {"traffic": traffic_problem(traffic), "mirror": mirror_problem(mirror, traffic)}
            failures = [CheckFailure(name, problem) for name, problem in problems.items() if problem is not None]
        return CheckResult(news, failures)

    def diff(self, _id: str, olds: Json, news: Json) -> DiffResult:
        # A deployment that is replaced must lose its traffic first; the engine asks by making its id unknown.
        deployments = news["deployments"]
        replaced = _is_unknown(deployments) or any(
            _is_unknown(deployments[name]) for name in olds["deployments"] if name in deployments
        )
        replaces = ["endpoint_id"] if news["endpoint_id"] != olds["endpoint_id"] else []
        replaces += ["deployments"] if replaced else []
        changed = [name for name in ("traffic", "mirror") if shares(news[name]) != shares(olds[name])]
        changed += [name for name in ("deployments", "endpoint_revision") if news[name] != olds[name]]
        return DiffResult(changes=bool(replaces or changed), replaces=replaces, delete_before_replace=True)

    def create(self, props: Json) -> CreateResult:
        before = self._set(props["endpoint_id"], shares(props["traffic"]), shares(props["mirror"]))
        return CreateResult(props["endpoint_id"], {**props, "traffic_before": before})

    def update(self, _id: str, _olds: Json, _news: Json) -> UpdateResult:
        self._set(_id, shares(_news["traffic"]), shares(_news["mirror"]))
        return UpdateResult({**_news, "traffic_before": _olds["traffic_before"]})

    def read(self, id_: str, props: Json) -> ReadResult:
        shown = _Endpoint(id_, self).shown()
        if shown is None:
            return ReadResult("", {})
        present = {
            "traffic": shares(shown["properties"].get("traffic")),
            "mirror": shares(shown["properties"].get("mirrorTraffic")),
        }
        inputs = {name: value for name, value in props.items() if name != "traffic_before"}
        return ReadResult(id_, {**props, **present}, {**inputs, **present})

    def delete(self, _id: str, _props: Json) -> None:
        endpoint = _Endpoint(_id, self)
        shown = endpoint.shown()
        if shown is None:
            return
        left = traffic_to_leave(shares(_props["traffic_before"]), set(_props["deployments"]), endpoint.deployments())
        endpoint.put(body_with_traffic(shown, left, {}))

    def _set(self, endpoint_id: str, traffic: Shares, mirror: Shares) -> Shares:
        """Set an endpoint's traffic and return what it was."""
        endpoint = _Endpoint(endpoint_id, self)
        shown = endpoint.shown()
        if shown is None:
            raise RefusedError(f"there is no online endpoint {endpoint_id}: its traffic cannot be set")
        properties = shown["properties"]
        before = shares(properties.get("traffic"))
        if (before, shares(properties.get("mirrorTraffic"))) != (traffic, mirror):
            endpoint.put(body_with_traffic(shown, traffic, mirror))
        return before


class _Endpoint:
    """An online endpoint, by its Azure resource id."""

    def __init__(self, endpoint_id: str, provider: ArmProvider) -> None:
        self._id = endpoint_id
        self._client = provider.client()

    def shown(self) -> Json | None:
        """Return the endpoint as Azure shows it; ``None`` if it is not there."""
        from llama_azure_access import NotFoundError

        try:
            shown: Json = self._client.call("GET", self._id, ENDPOINT_API_VERSION)
        except NotFoundError:
            return None
        return shown

    def put(self, body: Json) -> None:
        """Write the endpoint and wait until Azure is done.

        Raises:
            RefusedError: Azure refuses it.
        """
        from llama_azure_access import ArmError

        try:
            self._client.call("PUT", self._id, ENDPOINT_API_VERSION, body)
        except ArmError as error:
            raise refusal(f"the traffic of {self._id}", error) from None

    def deployments(self) -> set[str]:
        """Return the names of the endpoint's deployments."""
        listed = self._client.call("GET", f"{self._id}/deployments", ENDPOINT_API_VERSION)
        return {deployment["name"] for deployment in listed["value"]}


class EndpointTraffic(Resource, module="llama-azure", name="EndpointTraffic"):
    """An online endpoint's traffic and mirror traffic."""

    traffic: pulumi.Output[Shares]
    mirror: pulumi.Output[Shares]

    def __init__(
        self,
        name: str,
        *,
        endpoint_id: pulumi.Input[str],
        endpoint_revision: pulumi.Input[str],
        deployments: Mapping[str, pulumi.Input[str]],
        traffic: Shares,
        mirror: Shares,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(
            EndpointTrafficProvider(),
            name,
            {
                "endpoint_id": endpoint_id,
                "endpoint_revision": endpoint_revision,
                "deployments": dict(deployments),
                "traffic": traffic,
                "mirror": mirror,
                "traffic_before": None,
            },
            opts,
        )
