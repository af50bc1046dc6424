"""Signing in to Azure with the token of the CI system itself: no secret is kept anywhere.

The token goes into a file that the azure-native provider (``ARM_OIDC_TOKEN_FILE_PATH``), the Azure SDKs and
the state backend (``AZURE_FEDERATED_TOKEN_FILE``) read. It lives for minutes and a deployment may last hours,
so it is renewed for as long as the step runs.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from llama_azure_pipelines.errors import StepError

_AUDIENCE = "api://AzureADTokenExchange"
_RENEW_SECONDS = 240.0  # GitHub's tokens are good for five minutes, those of Azure Pipelines for ten
_AZURE_PIPELINES_API = "7.1"
_TIMEOUT_SECONDS = 30.0
_TASK_TOKEN = "idToken"  # noqa: S105 - the variable that AzureCLI@2 gives a script with addSpnToEnvironment

Fetch = Callable[[], str]


@contextmanager
def signed_in(environment: Mapping[str, str], renew_seconds: float = _RENEW_SECONDS) -> Iterator[dict[str, str]]:
    """Keep a fresh token of the CI system in a file, and yield the variables that make Azure clients use it.

    Outside a CI system that issues tokens nothing is yielded: the user's own sign-in counts.

    Raises:
        StepError: the CI system should issue a token and does not.
    """
    fetch = token_source(environment)
    if fetch is None:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="pipelines-") as folder:
        file = Path(folder, "token")
        _write(file, fetch())
        stop = threading.Event()
        renewing = threading.Thread(target=_renew, args=(file, fetch, stop, renew_seconds), daemon=True)
        renewing.start()
        try:
            yield _variables(environment, file)
        finally:
            stop.set()
            renewing.join()


def token_source(environment: Mapping[str, str]) -> Fetch | None:
    """Return how to get a token from the CI system that this runs in, or ``None`` where there is none."""
    if environment.get("ACTIONS_ID_TOKEN_REQUEST_URL"):
        return lambda: _from_github(environment)
    connection = environment.get("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
    if environment.get("SYSTEM_OIDCREQUESTURI") and connection and environment.get("SYSTEM_ACCESSTOKEN"):
        return lambda: _from_azure_pipelines(environment)
    if environment.get(_TASK_TOKEN):
        # A job that runs the code of a pull request is not given the token that renews this one: it could write, too.
        return lambda: environment[_TASK_TOKEN]
    if connection:
        raise StepError(
            "this job of Azure Pipelines has no token to sign in with: set addSpnToEnvironment, which gives "
            f"{_TASK_TOKEN}, or map $(System.AccessToken) to SYSTEM_ACCESSTOKEN in the step's env"
        )
    return None


def _from_github(environment: Mapping[str, str]) -> str:
    answer = _ask(
        "GET",
        environment["ACTIONS_ID_TOKEN_REQUEST_URL"],
        environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
        {"audience": _AUDIENCE},
    )
    return str(answer["value"])


def _from_azure_pipelines(environment: Mapping[str, str]) -> str:
    answer = _ask(
        "POST",
        environment["SYSTEM_OIDCREQUESTURI"],
        environment["SYSTEM_ACCESSTOKEN"],
        {
            "api-version": _AZURE_PIPELINES_API,
            "serviceConnectionId": environment["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"],
        },
    )
    return str(answer["oidcToken"])


def _ask(method: str, url: str, bearer: str, parameters: dict[str, str]) -> dict[str, str]:
    merged = httpx.URL(url).copy_merge_params(parameters)
    try:
        answer = httpx.request(
            method, merged, headers={"Authorization": f"Bearer {bearer}"}, timeout=_TIMEOUT_SECONDS
        ).raise_for_status()
    except httpx.HTTPError as error:
        # The URL is not repeated: its query may name the job.
        raise StepError(f"the CI system issued no token to sign in with: {type(error).__name__}") from None
    content: dict[str, str] = answer.json()
    return content


def _variables(environment: Mapping[str, str], file: Path) -> dict[str, str]:
    """Return the variables for the provider and, under their names, for the SDKs."""
    ids = {
        f"AZURE_{name}": value
        for name in ("CLIENT_ID", "TENANT_ID", "SUBSCRIPTION_ID")
        if (value := environment.get(f"ARM_{name}") or environment.get(f"AZURESUBSCRIPTION_{name}"))
    }
    return {
        **ids,
        **{name.replace("AZURE_", "ARM_"): value for name, value in ids.items()},
        "ARM_USE_OIDC": "true",
        "ARM_OIDC_TOKEN_FILE_PATH": str(file),
        "AZURE_FEDERATED_TOKEN_FILE": str(file),
    }


def _renew(file: Path, fetch: Fetch, stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds):
        try:
            _write(file, fetch())
        except StepError:
            continue  # the last token may serve yet; if not, the client that reads it says so


def _write(file: Path, token: str) -> None:
    """Replace the file at once, so that nobody reads half a token."""
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(token, encoding="ascii")
    new.replace(file)
