"""The traffic rules of an online endpoint (facts/limits.yaml)."""

from collections.abc import Mapping

from llama_azure_core._facts import load_facts


def traffic_problem(traffic: Mapping[str, int]) -> str | None:
    """Return what is wrong with the shares of an endpoint's deployments, in percent; ``None`` if nothing is."""
    outside = [name for name, share in traffic.items() if not 0 <= share <= 100]
    if outside:
        return f"traffic of {', '.join(outside)} is no percentage: give 0 to 100"
    total = sum(traffic.values())
    if total not in (0, 100):
        return f"traffic adds up to {total}: the shares of all deployments make 100, or all are 0"
    return None


def mirror_problem(mirror: Mapping[str, int], traffic: Mapping[str, int]) -> str | None:
    """Return what is wrong with the mirrored shares, in percent; ``None`` if nothing is."""
    copied = {name: share for name, share in mirror.items() if share}
    most: int = load_facts("limits")["onlineEndpoints"]["mirrorPercent"]
    if len(copied) > 1:
        return f"mirror is set on {', '.join(sorted(copied))}: Azure copies requests to one deployment only"
    for name, share in copied.items():
        if not 0 < share <= most:
            return f"mirror of {name} is {share}: Azure copies at most {most} percent"
        if traffic.get(name):
            return f"{name} has traffic and mirror: a deployment gets either; set one of them to 0"
    return None
