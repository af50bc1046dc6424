"""What the sandbox's Resource Manager takes for a PUT, a GET and a list, with few resources and with many.

Its health check, which does nothing, stands beside them: what a request costs whatever it asks.
"""

from collections.abc import Iterator
from itertools import count

from bench.clients import Request, Round, request, send
from bench.results import write_results
from bench.sandboxes import open_sandbox
from llama_azure_sandbox.addresses import HEALTH_PATH
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.process import trusting
from tests.support.arm import SUBSCRIPTION, sign_in
from tests.support.estates import account_body

CLIENTS = (1, 10, 100)
REQUESTS = 1000
MANY = 2000
HEALTH = "health check"
_OF_ACCOUNTS = "providers/Microsoft.Storage/storageAccounts"
_VERSION = "api-version=2024-01-01"


def measure_resource_manager() -> Iterator[str]:
    """Send requests over TLS, each kind by 1, 10 and 100 clients; yield the lines to print."""
    found: dict[tuple[str, int, int], Round] = {}
    with open_sandbox(Latency.NONE) as sandbox:
        with sign_in(sandbox.home) as arm:
            for group in ("rg-bench", "rg-other"):
                arm.call("PUT", f"/resourcegroups/{group}", {"location": "eastus2"}).raise_for_status()
            token = str(arm.client.headers["Authorization"]).removeprefix("Bearer ")
        trusted, names = trusting(sandbox.home), count()

        def put(group: str) -> Request:
            accounts = f"{SUBSCRIPTION}/resourceGroups/{group}/{_OF_ACCOUNTS}"
            return lambda: request("PUT", f"{accounts}/st{next(names)}?{_VERSION}", token, account_body())

        accounts = f"{SUBSCRIPTION}/resourceGroups/rg-bench/{_OF_ACCOUNTS}"
        send(sandbox.record, trusted, put("rg-bench"), 5, 1)
        kinds = {
            HEALTH: lambda: request("GET", HEALTH_PATH),
            "GET": lambda: request("GET", f"{accounts}/st0?{_VERSION}", token),
            "list": lambda: request("GET", f"{accounts}?{_VERSION}", token),
            "PUT": put("rg-other"),
        }
        for stored in (0, MANY):
            if stored:
                send(sandbox.record, trusted, put("rg-other"), stored, 8)
            for clients in CLIENTS:
                for what, make in kinds.items():
                    found[what, stored, clients] = one = send(sandbox.record, trusted, make, REQUESTS, clients)
                    yield f"{what:13} {stored:5} stored {clients:4} clients  p50 {one.p50:7.2f} ms  p99 {one.p99:7.2f}"
    rows = [
        {
            "what": what,
            "stored": stored,
            "clients": clients,
            "p50Milliseconds": round(one.p50, 2),
            "p99Milliseconds": round(one.p99, 2),
            "p50ByHealthCheck": round(one.p50 / found[HEALTH, stored, clients].p50, 2),
            "p99ByHealthCheck": round(one.p99 / found[HEALTH, stored, clients].p99, 2),
            "processorMilliseconds": round(one.processor_milliseconds, 2),
        }
        for (what, stored, clients), one in found.items()
    ]
    ratios = {}
    for what in ("PUT", "GET", "list"):
        name = what.lower()
        ratios[f"{name}-with-{MANY}-stored"] = found[what, MANY, 1].p50 / found[what, 0, 1].p50
        ratios[f"{name}-p99-by-p50"] = found[what, MANY, 100].p99 / found[what, MANY, 100].p50
        ratios[f"{name}-by-health-check"] = found[what, MANY, 1].p50 / found[HEALTH, MANY, 1].p50
    write_results("resource-manager", ratios, rows, requests=REQUESTS)
