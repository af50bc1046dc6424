"""What a gateway does with twice one deployment's limits, and with one endpoint of three that fails.

Run by ``make bench-gateway``: real proxies, Redis and PostgreSQL, OpenAI's client, the sandbox with Azure's own limits.
It writes the figures into ``docs/capacity.md``.
"""

import argparse
import concurrent.futures
import datetime as dt
import importlib.metadata
import math
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openai

from llama_azure_core.limits import limits
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.journal import journal
from scripts.gateway.local import ENVIRONMENT, Proxy, Shared, open_proxy, open_shared
from tests.gateway.estate import ASKED, Load, answers, client, configured, describe, open_stack, serverless_name
from tests.support.workbench import Workbench

PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_TOKENS_OF_ANSWER = 180
_CALLERS = 24
FAULTS: dict[str, dict[str, object]] = {
    "429": {"kind": "throttle", "retry_after_seconds": 30},
    "503": {"kind": "server-error", "status": 503},
    "its key rotated": {"kind": "rotated-key"},
    "connections that break": {"kind": "reset"},
    "streams cut before the first word": {"kind": "cut-stream", "after_chunks": 0},
}


@dataclass
class Calls:
    """What became of some calls."""

    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, began: float, problem: str | None) -> None:
        """Note one."""
        with self.lock:
            self.seconds.append(time.monotonic() - began)
            if problem is None:
                self.answered += 1
            else:
                self.failed[problem] += 1


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="make bench-gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="of the load at twice one deployment's limits")
    parser.add_argument("--requests", type=int, default=200, help="for each of the faults")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="llama-azure-bench-") as folder,
        open_stack(Path(folder) / "bench", deployments=2) as bench,
    ):
        lines = _full_load(bench, given.seconds)
        describe(bench, deployments=3)
        bench.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
        lines += _one_fails(bench, given.requests)
    _write(lines)
    print("\n".join(lines))


def _full_load(bench: Workbench, seconds: float) -> list[str]:
    """Ask for twice what one deployment serves, evenly, through two proxies on two deployments."""
    made, variables = configured(bench, redis=True)
    per_second = 2 * limits()["requestsPerMinute"] / 60
    tokens = limits()["tokensPerMinute"] // limits()["requestsPerMinute"]
    with open_shared(bench.folder / "shared") as shared, _pair(bench, made.text(), variables, shared) as proxies:
        prompt = _prompt_tokens(proxies[0])
        asked = {**ASKED, "max_tokens": tokens - prompt}
        since = len(journal(bench.home))
        calls = Calls()
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(_CALLERS) as pool, _clients(proxies) as clients:
            for number in range(math.ceil(per_second * seconds)):
                time.sleep(max(0.0, began + number / per_second - time.monotonic()))
                pool.submit(_ask, clients[number % len(clients)], asked, calls)
        spent = time.monotonic() - began
        seen = {name: counts for name, counts in answers(bench, since).items() if name.startswith("chat")}
    rows = [f"| {name} | {counts[200]:,} | {counts[200] / spent * 60:,.0f} | {counts[429]:,} |" for name, counts in sorted(seen.items())]
    ordered = sorted(calls.seconds)
    asked_in_all = calls.answered + sum(calls.failed.values())
    return [
        f"**Twice one deployment's limits for {spent:.0f} s**: {asked_in_all:,} requests of {tokens} tokens, "
        f"{asked_in_all / spent * 60:,.0f} a minute, through two proxies on two deployments of "
        f"{limits()['requestsPerMinute']:,} requests and {limits()['tokensPerMinute']:,} tokens a minute. Answered: "
        f"{calls.answered:,}; failed: {sum(calls.failed.values()):,}{_told(calls)}. Half took {statistics.median(ordered):.2f} s, "
        f"99 of 100 took {ordered[int(len(ordered) * 0.99) - 1]:.2f} s at most.",
        "",
        "| endpoint | answered | a minute | refused by Azure's limit and tried again |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _one_fails(bench: Workbench, requests: int) -> list[str]:
    """Have one of three deployments fail in each way, and count what callers see who try nothing again."""
    made, variables = configured(bench, redis=True)
    lines = ["**One of three deployments fails**; callers try nothing again themselves:", "",
             "| what fails | requests | answered | failed |", "|---|---|---|---|"]  # fmt: skip
    with open_shared(bench.folder / "shared-2") as shared, _pair(bench, made.text(), variables, shared) as proxies:
        broken = serverless_name(bench, "chat-2")
        for what, fault in FAULTS.items():
            add_fault(bench.home, name=broken, plane="data", **fault)  # type: ignore[arg-type]
            with Load(proxies, pause=0, streams="streams" in what) as load:
                load.wait_for(requests, seconds=300)
            clear_faults(bench.home)
            lines.append(f"| {what} | {load.answered + len(load.failed)} | {load.answered} | {len(load.failed)} |")
            for one in sorted(set(load.failed))[:3]:
                print(one, file=sys.stderr)
            time.sleep(35)  # until no deployment rests
    return [*lines, ""]
