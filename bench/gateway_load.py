"""What a gateway does with twice one deployment's limits, and with one endpoint of three that fails.

Run by ``make bench-gateway``: real proxies and Redis, OpenAI's client, the sandbox with Azure's own limits. It writes
the figures into ``docs/capacity.md``.
"""

import argparse
import concurrent.futures
import contextlib
import datetime as dt
import math
import os
import re
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai

from llama_azure_core.limits import limits
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.journal.entries import KEPT_ENTRIES
from scripts.gateway.local import ENVIRONMENT, Proxy, open_proxies, open_shared
from tests.gateway.estate import ASKED, Load, azure_name, client, configured, describe, open_stack, statuses
from tests.support.workbench import Workbench

PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_CALLERS = 32
_RESTS_SECONDS = 31
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "throttle", "retry_after_seconds": 30},
    "503": {"kind": "server-error", "status": 503},
    "its key was rotated": {"kind": "rotated-key"},
    "connections break": {"kind": "reset"},
    "streams break before the first word": {"kind": "cut-stream", "after_chunks": 0},
}


@dataclass
class Calls:
    """What became of some calls."""

    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, ai: openai.OpenAI, asked: dict[str, Any]) -> None:
        """Make one."""
        began, problem = time.monotonic(), None
        try:
            ai.chat.completions.create(**asked)
        except openai.OpenAIError as error:
            problem = repr(error)[:200]
        with self.lock:
            self.seconds.append(time.monotonic() - began)
            self.answered += problem is None
            if problem is not None:
                self.failed[problem] += 1


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="make bench-gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="of the load at twice one deployment's limits")
    parser.add_argument("--requests", type=int, default=200, help="for each of the faults")
    parser.add_argument(
        "--share", type=float, default=1, help="of Azure's limits, from 0.1; for a machine that does other things, too"
    )
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended by whoever leaves
    had = {name: int(limits()[name] * given.share) for name in ("requestsPerMinute", "tokensPerMinute")}
    with (
        tempfile.TemporaryDirectory(prefix="llama-azure-bench-") as folder,
        open_stack(Path(folder) / "bench", deployments=2) as bench,
    ):
        change_world(bench.home, limits=had)
        lines = _full_load(bench, given.seconds, had)
        change_world(bench.home, limits={})
        describe(bench, deployments=3)
        bench.pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
        lines += _one_fails(bench, given.requests)
    _write(lines)


@contextlib.contextmanager
def _two_proxies(bench: Workbench, name: str) -> Iterator[list[Proxy]]:
    made, variables = configured(bench, redis=True)
    folder = bench.folder / name
    # Without a database each request is somebody's with the administrator's key; the tests have keys of teams.
    with open_shared(folder) as shared, open_proxies(folder, made.text(), variables, shared, ports=(0, 0)) as proxies:
        yield proxies


def _full_load(bench: Workbench, seconds: float, had: Mapping[str, int]) -> list[str]:
    """Ask for twice what one deployment serves, evenly, through two proxies on two deployments."""
    per_second = 2 * had["requestsPerMinute"] / 60
    tokens = had["tokensPerMinute"] // had["requestsPerMinute"]
    share = had["requestsPerMinute"] / limits()["requestsPerMinute"]
    with _two_proxies(bench, "full") as proxies, contextlib.ExitStack() as opened:
        # OpenAI's client as it comes: it tries again twice what it was told to try later.
        clients = [opened.enter_context(client(one, retries=openai.DEFAULT_MAX_RETRIES)) for one in proxies]
        usage = clients[0].chat.completions.create(**ASKED).usage
        prompt = 0 if usage is None else usage.prompt_tokens
        asked = {**ASKED, "max_tokens": tokens - prompt}
        time.sleep(60)  # until that one no longer counts
        entries, calls = journal(bench.home)[-1:], Calls()
        before, began = len(entries), time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(_CALLERS) as pool:
            for number in range(math.ceil(per_second * seconds)):
                if number % (KEPT_ENTRIES // 4) == 0:
                    entries += journal(bench.home, entries[-1]["number"])
                time.sleep(max(0.0, began + number / per_second - time.monotonic()))
                pool.submit(calls.make, clients[number % len(clients)], asked)
        spent = time.monotonic() - began
        entries += journal(bench.home, entries[-1]["number"])
        seen = {name: one for name, one in sorted(statuses(entries[before:]).items()) if name.startswith("chat")}
        most = {name: _most_in_a_minute(entries, name) for name in seen}
    for problem, count in calls.failed.most_common(3):
        print(f"{count} times: {problem}", file=sys.stderr)
    ordered = sorted(calls.seconds)
    whole = calls.answered + sum(calls.failed.values())
    rows = [
        f"| {number} | {counts[200]:,} | {most[name]:,} of {had['requestsPerMinute']:,} | {counts[429]:,} |"
        for number, (name, counts) in enumerate(seen.items(), start=1)
    ]
    slow = ordered[int(len(ordered) * 0.99) - 1]
    told = (
        f"**Twice one deployment's limits for {spent:.0f} s**: {whole:,} requests of up to {tokens} tokens, "
        f"{whole / spent * 60:,.0f} a minute, from OpenAI's client as it comes, through two proxies that share Redis, "
        f"on two deployments of {had['requestsPerMinute']:,} requests and {had['tokensPerMinute']:,} tokens a minute "
        f"({share:.0%} of Azure's). Answered: {calls.answered:,}; failed: {whole - calls.answered:,}. Half took "
        f"{statistics.median(ordered):.2f} s at most, 99 of 100 took {slow:.2f} s."
    )
    return [
        told,
        "",
        "| deployment | answered | most that ended within 60 seconds | refused with 429 and tried again |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _most_in_a_minute(entries: Iterable[Mapping[str, Any]], name: str) -> int:
    """Return the most requests that an endpoint answered within any sixty seconds, by the journal."""
    times = sorted(dt.datetime.fromisoformat(one["time"]).timestamp() for one in entries
                   if one["status"] == 200 and f"/{name}/" in str(one["path"]))  # fmt: skip
    most = first = 0
    for last, moment in enumerate(times):
        while moment - times[first] >= 60:
            first += 1
        most = max(most, last - first + 1)
    return most


def _one_fails(bench: Workbench, requests: int) -> list[str]:
    """Have one of three deployments fail in each way, and count what callers see who try nothing again."""
    lines = ["**One of three deployments fails.** These callers try nothing again themselves.", "",
             "| what it does | requests | answered | failed |", "|---|---|---|---|"]  # fmt: skip
    with _two_proxies(bench, "faults") as proxies:
        broken = azure_name(bench, "chat-2")
        for what, fault in FAULTS.items():
            add_fault(bench.home, name=broken, plane="data", **fault)
            with Load(proxies, pause=0, streams="streams" in what) as load:
                load.wait_for(requests, seconds=600)
            clear_faults(bench.home)
            lines.append(f"| {what} | {load.answered + len(load.failed)} | {load.answered} | {len(load.failed)} |")
            for one in sorted(set(load.failed))[:3]:
                print(one, file=sys.stderr)
            time.sleep(_RESTS_SECONDS)  # until none rests
    return [*lines, ""]


def _write(lines: list[str]) -> None:
    version = (
        next(ENVIRONMENT.glob("lib/python3*/site-packages/litellm-*.dist-info"))
        .name.split("-")[1]
        .removesuffix(".dist")
    )
    machine = f"in the sandbox, on a machine with {os.cpu_count()} processors"
    said = f"Measured on {dt.date.today()} with LiteLLM {version}, {machine}."
    figures = "\n".join([BEGIN, said, "", *lines, END])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: figures, page, flags=re.DOTALL), encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
