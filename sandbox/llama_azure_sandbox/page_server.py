"""Serving a sandbox's page, on a port of its own.

It is plain HTTP, so that a browser needs no certificate; whom it lets in: see :mod:`llama_azure_page.server`.
"""

import logging
import select
import socket
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from llama_azure_sandbox.addresses import HOST, page_address
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.home import PAGE_SECRET, SandboxHome
from llama_azure_sandbox.identity.tokens import TokenIssuer
from llama_azure_sandbox.inference.measurements import Measurements


class PageServer:
    """Serves a sandbox's page in a thread of its own, on a port that stays the same where it can."""

    def __init__(self, home: SandboxHome, wanted_port: int) -> None:
        self._home = home
        self._listener = _listener(wanted_port)
        self.port: int = self._listener.getsockname()[1]
        self._entry = home.secret(PAGE_SECRET)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._is_over = False
        self._told, self._tell = socket.socketpair()

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return page_address(self.port, self._entry)

    def start(self, world: World, issuer: TokenIssuer, measurements: Measurements, upstream: str) -> None:
        """Serve until stopped. What that takes is loaded when the first browser comes: most sandboxes see none."""
        self._thread = threading.Thread(
            target=self._run, args=(world, issuer, measurements, upstream), name="page", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._is_over = True
        self._tell.close()
        if self._server is not None:
            self._server.should_exit = self._server.force_exit = True
        if self._thread is not None:
            self._thread.join(timeout=2)
        self._listener.close()

    def _run(self, world: World, issuer: TokenIssuer, measurements: Measurements, upstream: str) -> None:
        try:
            with self._told:
                select.select([self._listener, self._told], [], [])  # until somebody comes, or the end
            if self._is_over:
                return
            from llama_azure_page.server import page_app
            from llama_azure_sandbox.page import SandboxPage

            page = SandboxPage(self._home, world, issuer, measurements, upstream)
            app = page_app(page, lambda: self.port, self._entry)
            config = uvicorn.Config(app, http=_Quiet, lifespan="off", server_header=False, log_config=None)
            self._server = uvicorn.Server(config)
            self._server.run(sockets=[self._listener])
        except Exception:  # the sandbox itself goes on
            logging.getLogger(__name__).exception("the page is not served any more")


class _Quiet(H11Protocol):
    """Logs no request: its line would have the pass in it.

    The option for that, ``access_log``, would take the log from the sandbox's own server in the same process.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.access_log = False


def _listener(wanted_port: int) -> socket.socket:
    for port in (wanted_port, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # see server.py
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            listener.close()
            if port == 0:
                raise
        else:
            # Whoever comes before the page is loaded waits for it.
            listener.listen()
            return listener
    raise AssertionError("a free port is always found, or an error is raised")
