"""What a running server tells about itself in a file, for commands in other shells."""

import datetime as dt
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from llama_azure_sandbox.addresses import HOST
from llama_azure_sandbox.arm.customer import Latency


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """The process, the port and the beliefs of a server. It outlives the server, whose port it remembers."""

    pid: int
    port: int
    as_of: dt.date
    latency: Latency
    started: float
    """Seconds since the epoch."""
    upstream: str = ""
    """The server that answers for the models; empty: the generator does."""
    upstream_model: str = ""
    """What the upstream calls the model; empty: as the deployed one is called."""
    page_port: int = 0
    """The port of the page; 0: none is served."""

    @property
    def base_url(self) -> str:
        """Where clients reach the server."""
        return f"https://{HOST}:{self.port}"

    def to_json(self) -> str:
        """Return the record as JSON."""
        return json.dumps(asdict(self), default=str)

    def write(self, path: Path) -> None:
        """Write the record to a file, whole or not at all."""
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(self.to_json(), encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> "ServerRecord | None":
        """Return the record of a file, or ``None`` where there is none."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(
            pid=values["pid"],
            port=values["port"],
            as_of=dt.date.fromisoformat(values["as_of"]),
            latency=Latency(values["latency"]),
            started=values["started"],
            upstream=values.get("upstream", ""),
            upstream_model=values.get("upstream_model", ""),
            page_port=values.get("page_port", 0),
        )
