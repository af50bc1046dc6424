"""Rule: the traffic of an online endpoint adds up."""

from collections.abc import Iterator, Mapping
from typing import Any

from llama_azure_core.traffic import mirror_problem, traffic_problem
from llama_guardrails.resource_types import ENDPOINT_TRAFFIC, ONLINE_ENDPOINT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_PATHS = {
    ONLINE_ENDPOINT: ("properties.traffic", "properties.mirrorTraffic"),
    ENDPOINT_TRAFFIC: ("traffic", "mirror"),
}


def _check(case: Case[Options]) -> Iterator[Problem]:
    traffic_path, mirror_path = _PATHS[case.resource.type]
    traffic, mirror = case.resource.whole(traffic_path), case.resource.whole(mirror_path)
    wrong = [(path, name) for path, given in ((traffic_path, traffic), (mirror_path, mirror)) for name in _wrong(given)]
    for path, name in wrong:
        yield Problem(f"{path}.{name}", f"The share of {name} is not a whole number of percent.")
    if wrong:
        return
    problem = traffic_problem(_shares(traffic))
    if problem is not None:
        yield Problem(traffic_path, f"{problem}.")
    problem = mirror_problem(_shares(mirror), _shares(traffic))
    if problem is not None:
        yield Problem(mirror_path, f"{problem}.")


def _wrong(shares: Any) -> list[str]:
    """Return the names of the deployments whose share Azure would not read as a number."""
    return [name for name, share in shares.items() if not _is_whole(share)] if isinstance(shares, Mapping) else []


def _is_whole(share: object) -> bool:
    if isinstance(share, float):
        return share.is_integer()
    return isinstance(share, int) and not isinstance(share, bool)


def _shares(value: Any) -> dict[str, int]:
    return {name: int(share) for name, share in value.items()} if isinstance(value, Mapping) else {}


RULE = Rule(
    id="LLA-CMP-005",
    name="traffic-adds-up",
    title="The traffic of an online endpoint's deployments makes 100 percent, or none.",
    why=(
        "Azure refuses shares that do not add up, and copies at most half of the requests, to one deployment without "
        "traffic. With no share at all callers get 404."
    ),
    remedy="Let all shares make 100, and mirror at most 50 percent to one deployment without traffic.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(ONLINE_ENDPOINT, ENDPOINT_TRAFFIC),
    options=Options,
    check=_check,
    sources=("S25", "S29"),
    example=Example(
        ONLINE_ENDPOINT, "properties.traffic", good={"blue": 90, "green": 10}, bad={"blue": 90, "green": 20}
    ),
)
