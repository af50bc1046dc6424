"""Preflight's connections are as safe as the SDK's own, and read whom they trust once."""

import socket
from concurrent.futures import ThreadPoolExecutor

import certifi
import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.rest import HttpRequest

from llama_azure_preflight.transport import ReadingTransport, _trusting
from llama_azure_sandbox.addresses import HEALTH_PATH
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import running


def address(home: SandboxHome, host: str = "127.0.0.1") -> str:
    record = running(home)
    assert record is not None
    return record.base_url.replace("127.0.0.1", host) + HEALTH_PATH


@pytest.fixture
def transport() -> ReadingTransport:
    return ReadingTransport(8, connect_seconds=5, read_seconds=5)


def test_what_is_trusted_is_read_once_for_all_connections(
    home: SandboxHome, transport: ReadingTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(home.ca_bundle))
    _trusting.cache_clear()
    url = address(home)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: transport.send(HttpRequest("GET", url)).status_code, range(24)))
    assert answers == [200] * 24
    assert _trusting.cache_info().currsize == 1
    transport.close()


@pytest.mark.parametrize("bundle", ["", certifi.where()])
def test_a_server_that_no_trusted_authority_vouches_for_is_refused(
    home: SandboxHome, transport: ReadingTransport, monkeypatch: pytest.MonkeyPatch, bundle: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    if bundle:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"):
        transport.send(HttpRequest("GET", address(home)))
    transport.close()


def test_a_server_of_another_name_is_refused(
    home: SandboxHome, transport: ReadingTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(home.ca_bundle))
    resolve = socket.getaddrinfo
    monkeypatch.setattr("socket.getaddrinfo", lambda _host, *rest, **options: resolve("127.0.0.1", *rest, **options))
    with pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"):
        transport.send(HttpRequest("GET", address(home, "management.example.com")))
    transport.close()
