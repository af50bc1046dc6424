"""A sandbox without a process of its own: the application itself, for what is tried thousands of times."""

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import httpx
from starlette.testclient import TestClient

from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import Latency, World
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.keys import SigningKey
from llama_azure_sandbox.identity.principals import Directory
from llama_azure_sandbox.identity.tokens import TokenIssuer
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.server import create_app
from tests.support.arm import Arm

AS_OF = dt.date(2024, 7, 1)
BASE_URL = "https://127.0.0.1:10443"


@contextmanager
def open_application(folder: Path, as_of: dt.date = AS_OF) -> Iterator[Arm]:
    """Open the sandbox of a folder in this process, signed in as the owner; its operations take no time."""
    home = SandboxHome(folder)
    home.create()
    store = Store(home.database)
    world = World(store, as_of, BASE_URL, Latency.NONE)
    application = create_app(home, world, ServerRecord(os.getpid(), 0, as_of, Latency.NONE, time.time()))
    owner = Directory(store).named("owner")
    token = TokenIssuer(SigningKey(home.root / "signing.key")).issue(owner, "https://management.azure.com")
    headers = {"Authorization": f"Bearer {token.value}", "x-sandbox-admin": home.secret("admin")}
    with TestClient(application, base_url=BASE_URL, headers=headers, raise_server_exceptions=True) as client:
        yield Arm(cast("httpx.Client", client))
