"""Notes every host that a program looks up from its import on, and lets none but the loopback address through."""

import socket
from typing import Any

SEEN: set[str] = set()

_look_up = socket.getaddrinfo


def _watched(host: Any, *arguments: Any, **options: Any) -> Any:
    SEEN.add(str(host))
    if host != "127.0.0.1":
        raise socket.gaierror(f"{host} is not the sandbox")
    return _look_up(host, *arguments, **options)


socket.getaddrinfo = _watched
