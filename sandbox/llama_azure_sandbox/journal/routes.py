"""The journal over HTTP, for whoever may read the sandbox's home."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import JOURNAL_PATH
from llama_azure_sandbox.administration import admin_route
from llama_azure_sandbox.identity.principals import Directory
from llama_azure_sandbox.journal.entries import Journal


def journal_route(journal: Journal, directory: Directory, admin_secret: str) -> Route:
    """Return the route that shows the entries after the number ``since``; callers by name where they have one."""

    async def show(request: Request) -> JSONResponse:
        since = request.query_params.get("since", "0")
        if not since.isdecimal() or len(since) > 18:
            raise ValueError(f"since: must be the number of an entry, not {since!r}")
        entries = await run_in_threadpool(journal.since, int(since))
        names = {one.client_name: one.name for one in await run_in_threadpool(directory.all)}
        for entry in entries:
            entry["caller"] = names.get(entry["caller"], entry["caller"])
        return JSONResponse({"entries": entries})

    return admin_route(JOURNAL_PATH, admin_secret, GET=show)
