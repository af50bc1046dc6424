"""The sandbox's one process: Azure Resource Manager, sign-in and the Llama data plane on one HTTPS port."""

import contextlib
import datetime as dt
import json
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn
from filelock import Timeout
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from llama_azure_core.regions import region_names
from llama_azure_sandbox.addresses import CA_PATH, HEALTH_PATH, HOST
from llama_azure_sandbox.arm.model_registry import model_registry_routes
from llama_azure_sandbox.arm.routes import arm_routes
from llama_azure_sandbox.arm.service import ArmService
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import Latency, World
from llama_azure_sandbox.arm.world_routes import world_routes
from llama_azure_sandbox.billing.cost_query import CostQuery
from llama_azure_sandbox.billing.retail_prices import retail_price_routes
from llama_azure_sandbox.billing.usage_details import UsageDetails
from llama_azure_sandbox.certificates import ensure_certificates
from llama_azure_sandbox.faults.keeper import FaultKeeper
from llama_azure_sandbox.faults.middleware import FaultMiddleware, exposing_connection
from llama_azure_sandbox.faults.routes import fault_routes
from llama_azure_sandbox.home import ADMIN_SECRET, OWNER_SECRET, SandboxHome
from llama_azure_sandbox.home_lock import hold
from llama_azure_sandbox.identity.cloud_metadata import metadata_route
from llama_azure_sandbox.identity.federation_routes import federation_routes
from llama_azure_sandbox.identity.keys import SigningKey
from llama_azure_sandbox.identity.managed_identity import managed_identity_routes
from llama_azure_sandbox.identity.oauth import oauth_routes
from llama_azure_sandbox.identity.principal_routes import principal_routes
from llama_azure_sandbox.identity.principals import Directory
from llama_azure_sandbox.identity.tokens import TokenIssuer
from llama_azure_sandbox.inference.administration import deployment_routes
from llama_azure_sandbox.inference.backend import UpstreamAddress, backend_at
from llama_azure_sandbox.inference.endpoints import Endpoints
from llama_azure_sandbox.inference.foundry_accounts import FoundryAccounts
from llama_azure_sandbox.inference.hosts import EndpointHosts, host_patterns
from llama_azure_sandbox.inference.ledger import Ledger
from llama_azure_sandbox.inference.measurements import Measurements
from llama_azure_sandbox.inference.measuring import MeasuringMiddleware, Sources
from llama_azure_sandbox.inference.routes import DataPlane, inference_routes
from llama_azure_sandbox.journal.entries import Journal
from llama_azure_sandbox.journal.middleware import JournalMiddleware, without_capability
from llama_azure_sandbox.journal.routes import journal_route
from llama_azure_sandbox.monitoring.alerts import Monitoring
from llama_azure_sandbox.monitoring.kept import AlertLog
from llama_azure_sandbox.page_server import PageServer
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.vault_and_storage import vault_and_storage_routes


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


def serve(home: SandboxHome, port: int, as_of: dt.date, latency: Latency, upstream: UpstreamAddress) -> None:
    """Serve until interrupted or terminated.

    Raises:
        StartError: the port is taken, or this home already has a server.
    """
    home.create()
    with _exclusive(home.lock), _listen(port) as listener:
        certificate, key = ensure_certificates(home.certificates, home.ca_bundle, host_patterns(region_names()))
        actual_port = listener.getsockname()[1]
        base_url = f"https://{HOST}:{actual_port}"
        last = ServerRecord.read(home.server_record)
        page = PageServer(home, last.page_port if last else 0)
        record = ServerRecord(
            os.getpid(), actual_port, as_of, latency, time.time(), upstream.url, upstream.model, page.port
        )
        world = World(Store(home.database), as_of, base_url, latency)
        config = uvicorn.Config(
            exposing_connection(create_app(home, world, record, page)),
            ssl_certfile=str(certificate),
            ssl_keyfile=str(key),
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        logging.getLogger("uvicorn.access").addFilter(_hide_capability)
        uvicorn.Server(config).run(sockets=[listener])


def arm_service(world: World, ledger: Ledger, monitoring: Monitoring) -> ArmService:
    """Return Azure Resource Manager with all its paths, of which some tell what the data plane or the journal noted."""
    told = (UsageDetails(ledger), CostQuery(ledger), monitoring)
    return ArmService(world, tuple(path for one in told for path in one.paths))


def create_app(home: SandboxHome, world: World, record: ServerRecord, page: PageServer | None = None) -> Starlette:
    """Return the application of one world, beside which its page is served."""
    journal = Journal(home.journal)
    keeper, ledger = FaultKeeper(home.faults), Ledger(home.database)
    backend = backend_at(UpstreamAddress(record.upstream, record.upstream_model))
    issuer = TokenIssuer(SigningKey(home.root / "signing.key"))
    federation = SigningKey(home.root / "federation.key")

    def health(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ready", **json.loads(record.to_json())})

    def certificate_authority(_request: Request) -> FileResponse:
        return FileResponse(home.authority, media_type="application/x-pem-file")

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if page is not None:
            page.start(world, issuer, measurements, record.upstream_model or record.upstream)
        record.write(home.server_record)
        async with monitoring.watching():
            yield
        if page is not None:
            page.stop()
        journal.close()
        keeper.close()
        ledger.close()
        measurements.close()
        world.store.close()

    admin_secret, owner_secret = home.secret(ADMIN_SECRET), home.secret(OWNER_SECRET)
    measurements = Measurements(home.measurements)
    monitoring = Monitoring(world, measurements, ledger, journal, AlertLog(home.alerts))
    directory, service = Directory(world.store), arm_service(world, ledger, monitoring)
    endpoints = Endpoints(world)
    directory.ensure_owner(owner_secret)
    return Starlette(
        middleware=[
            Middleware(EndpointHosts),
            Middleware(JournalMiddleware, journal=journal),
            Middleware(
                MeasuringMiddleware,
                measurements=measurements,
                sources=Sources(endpoints, FoundryAccounts(world, endpoints)),
            ),
            Middleware(FaultMiddleware, keeper=keeper),
        ],
        routes=[
            Route(HEALTH_PATH, health, methods=["GET"]),
            Route(CA_PATH, certificate_authority, methods=["GET"]),
            *world_routes(world, admin_secret),
            *principal_routes(home, world, service, admin_secret),
            *fault_routes(keeper, admin_secret),
            journal_route(journal, directory, admin_secret),
            *deployment_routes(world.store, ledger, admin_secret),
            metadata_route(world.base_url),
            *managed_identity_routes(issuer, directory),
            *federation_routes(federation, world.base_url, admin_secret),
            *inference_routes(DataPlane(world, issuer, ledger, measurements, backend)),
            *vault_and_storage_routes(world, issuer),
            *arm_routes(service, world, issuer),
            *model_registry_routes(world, issuer),
            *retail_price_routes(world),
            *oauth_routes(issuer, federation, directory, world.base_url),
        ],
        lifespan=lifespan,
    )


def _hide_capability(record: logging.LogRecord) -> bool:
    """Keep the secret part of the instance metadata service's address out of the log."""
    if isinstance(record.args, tuple):
        record.args = tuple(without_capability(one) if isinstance(one, str) else one for one in record.args)
    return True


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(hold(path))
        except Timeout:
            raise StartError(f"a sandbox already runs in {path.parent}; see `sandbox status`") from None
        yield


@contextlib.contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    # The protocol is named, for asyncio sends small packets at once (TCP_NODELAY) only where it is. Otherwise the body
    # of an answer waits until the other side has acknowledged its head, which takes that 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise StartError(
                f"port {port} on {HOST} cannot be used ({error.strerror}); "
                "choose another: SANDBOX_PORT=<port>, or `sandbox start --port <port>`"
            ) from None
        yield listener


def main() -> None:
    """Serve with the home and the settings given on the command line; ``sandbox start`` calls this."""
    os.umask(0o077)  # whatever is written, only its owner reads
    root, port, as_of, latency, upstream, upstream_model = sys.argv[1:7]
    address = UpstreamAddress(upstream, upstream_model)
    try:
        serve(SandboxHome(Path(root)), int(port), dt.date.fromisoformat(as_of), Latency(latency), address)
    except StartError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
