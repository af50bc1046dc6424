"""The traffic of a stack's online endpoints: from what it is now, step by step, to what its file says. Pure.

What the file says is read from the stack's plan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llama_azure_core.plan import BackEnd, Endpoint, Plan
from llama_azure_pipelines.errors import StepError

_ALL = 100

Shares = dict[str, int]
"""By deployment name: its share of the endpoint's requests, in percent."""


@dataclass(frozen=True, slots=True, order=True)
class EndpointKey:
    """An online endpoint, by the keys under which a stack's file has it."""

    project: str
    endpoint: str

    def __str__(self) -> str:
        return f"llama-azure:projects.{self.project}.managed.{self.endpoint}"


Traffic = dict[EndpointKey, Shares]


def traffic_of(planned: Plan) -> Traffic:
    """Return the traffic that a plan gives every online endpoint, that to others' deployments included."""
    return {
        key: {**(endpoint.traffic or {}), **{one.name: one.traffic for one in endpoint.deployments}}
        for key, endpoint in online_endpoints(planned)
    }


def online_endpoints(planned: Plan) -> Iterator[tuple[EndpointKey, Endpoint]]:
    """Return a plan's endpoints on managed compute."""
    for project in planned.projects:
        for endpoint in project.of(BackEnd.MANAGED):
            yield EndpointKey(project.key, endpoint.key), endpoint


def steps(now: Traffic, goal: Traffic, shares: Sequence[int]) -> list[Traffic]:
    """Return the traffic to set one after the other so that ``now`` becomes ``goal``; the last is the goal.

    The first step leaves every request where it is, so that new deployments are made and asked before they are
    given any. Where no endpoint moves requests from one deployment to another, there is the goal alone.

    Args:
        now: what Azure has; an endpoint that is not there is left out.
        goal: what the file says.
        shares: how far to go in each step but the last, in percent of the way, rising.

    Raises:
        StepError: a deployment that has requests now is missing in the goal.
    """
    moving = {key for key in goal if key in now and _moves(now[key], goal[key])}
    for key in moving:
        gone = [name for name, share in now[key].items() if share and name not in goal[key]]
        if gone:
            raise StepError(
                f"{key}: {', '.join(gone)} has requests and is missing in the file; keep it there until others have "
                "its requests, and remove it in a later change (of somebody else's deployment: in otherTraffic)"
            )
    if not moving:
        return [goal]
    return [
        {key: _between(now[key], end, share) if key in moving else end for key, end in goal.items()}
        for share in (0, *shares, _ALL)
    ]


def gaining(now: Traffic, goal: Traffic) -> list[tuple[EndpointKey, str]]:
    """Return the deployments that have more requests in ``goal`` than in ``now``, of endpoints that have some now."""
    return [
        (key, name)
        for key in sorted(goal)
        if any(now.get(key, {}).values())
        for name, share in goal[key].items()
        if share > now[key].get(name, 0)
    ]


def _moves(now: Shares, goal: Shares) -> bool:
    """Whether requests move; an endpoint that answers none yet, or is to answer none, has nothing to lose."""
    return any(now.values()) and any(goal.values()) and _given(now) != _given(goal)


def _given(shares: Shares) -> Shares:
    return {name: share for name, share in shares.items() if share}


def _between(now: Shares, goal: Shares, percent: int) -> Shares:
    """Return the shares ``percent`` of the way from ``now`` to ``goal``; whole numbers that make 100."""
    exact = {name: now.get(name, 0) + (goal[name] - now.get(name, 0)) * percent / _ALL for name in goal}
    found = {name: int(share) for name, share in exact.items()}
    missing = _ALL - sum(found.values())
    for name in sorted(exact, key=lambda one: found[one] - exact[one])[:missing]:
        found[name] += 1
    return found
