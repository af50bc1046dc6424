"""A container of blobs on loopback: as much of Azure Blob Storage as Pulumi's backend for state asks for."""

import hashlib
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

ACCOUNT, CONTAINER = "devaccount", "state"


@dataclass
class Container:
    """What the container holds, and what was asked of it."""

    url: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    blocks: dict[str, dict[str, bytes]] = field(default_factory=dict)
    is_read_only: bool = False
    """Whether whoever asks has Storage Blob Data Reader and no more."""
    calls: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """The variables with which Pulumi keeps its state here."""
        return {
            "AZURE_STORAGE_ACCOUNT": ACCOUNT,
            "AZURE_STORAGE_DOMAIN": self.url.removeprefix("http://"),
            "AZURE_STORAGE_PROTOCOL": "http",
            "AZURE_STORAGE_SAS_TOKEN": "sig=any",
            "PULUMI_BACKEND_URL": f"azblob://{CONTAINER}",
        }

    def listing(self, prefix: str, delimiter: str) -> str:
        """Return the XML of a list."""
        found, prefixes = [], set()
        for name in sorted(self.blobs):
            if not name.startswith(prefix):
                continue
            head, separator, _ = name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            if separator:
                prefixes.add(prefix + head + separator)
            else:
                found.append(name)
        blobs = "".join(
            f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{_now()}</Last-Modified>"
            f"<Etag>{_tag(self.blobs[name])}</Etag><Content-Length>{len(self.blobs[name])}</Content-Length>"
            f"<BlobType>BlockBlob</BlobType></Properties></Blob>"
            for name in found
        )
        folders = "".join(f"<BlobPrefix><Name>{escape(one)}</Name></BlobPrefix>" for one in sorted(prefixes))
        return (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{CONTAINER}">'
            f"<Blobs>{blobs}{folders}</Blobs><NextMarker/></EnumerationResults>"
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    container: Container

    def _serve(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        name = urllib.parse.unquote(parts.path).removeprefix(f"/{ACCOUNT}/{CONTAINER}").removeprefix("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.container.calls.append(f"{self.command} {name}")
        if self.command not in ("GET", "HEAD") and self.container.is_read_only:
            self._refuse(403, "AuthorizationPermissionMismatch")
        elif query.get("comp") == "list":
            listed = self.container.listing(query.get("prefix", ""), query.get("delimiter", ""))
            self._say(200, listed.encode(), {"Content-Type": "application/xml"})
        elif self.command == "PUT":
            self._put(name, query, body)
        elif name not in self.container.blobs:
            self._refuse(404, "BlobNotFound")
        elif self.command == "DELETE":
            del self.container.blobs[name]
            self._say(202)
        else:
            content = self.container.blobs[name]
            self._say(200, content, {"Content-Type": "application/json", "ETag": _tag(content)})

    def _put(self, name: str, query: dict[str, str], body: bytes) -> None:
        blocks = self.container.blocks.setdefault(name, {})
        match query.get("comp"):
            case "block":
                blocks[query["blockid"]] = body
            case "blocklist":
                self.container.blobs[name] = b"".join(blocks.values())
                blocks.clear()
            case _ if "x-ms-copy-source" in self.headers:
                source = urllib.parse.urlsplit(self.headers["x-ms-copy-source"]).path
                of = urllib.parse.unquote(source).removeprefix(f"/{ACCOUNT}/{CONTAINER}/")
                self.container.blobs[name] = self.container.blobs[of]
                self._say(202, headers={"x-ms-copy-status": "success", "x-ms-copy-id": "1", "ETag": '"1"'})
                return
            case _:
                self.container.blobs[name] = body
        self._say(201, headers={"ETag": _tag(body)})

    do_GET = do_HEAD = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names

    def _refuse(self, status: int, code: str) -> None:
        text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
        self._say(status, text.encode(), {"Content-Type": "application/xml", "x-ms-error-code": code})

    def _say(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**_always(), **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep quiet: ``calls`` is the log."""


@contextmanager
def open_container() -> Iterator[Container]:
    """Serve a container on a free port."""
    container = Container()
    handler = type("Handler", (_Handler,), {"container": container})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        container.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield container
        finally:
            server.shutdown()
            thread.join()


def _now() -> str:
    return formatdate(usegmt=True)


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def _always() -> dict[str, str]:
    return {"Last-Modified": _now(), "x-ms-creation-time": _now(), "x-ms-blob-type": "BlockBlob"}
