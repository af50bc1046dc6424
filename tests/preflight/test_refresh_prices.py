"""``refresh-prices`` against the sandbox's Retail Prices API, and against addresses that answer badly."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from llama_azure_core.prices import PriceList, price_list
from llama_azure_preflight.refresh_prices import ADDRESS_VARIABLE, installed_prices, main
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from tests.preflight.bench import Bench, Outcome

SIZE = "Standard_NC24ads_A100_v4"
VM = f"vm/{SIZE}"
Answer = Callable[[str], tuple[int, dict[str, str], str]]


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    return Path(shutil.copy(installed_prices(), tmp_path / "prices.yaml"))


@pytest.fixture(autouse=True)
def _as_it_was(bench: Bench) -> Iterator[None]:
    yield
    clear_faults(bench.home)
    bench.world(retailPrices={})


def refresh(bench: Bench, *arguments: str) -> Outcome:
    with bench.environment():
        result = CliRunner().invoke(main, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return Outcome(result.exit_code, result.stdout, result.stderr)


def written(path: Path) -> PriceList:
    return PriceList.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def price_of(path: Path, key: str, region: str) -> Any:
    return written(path).price(key, region)


def test_what_the_api_lists_is_written_and_what_changed_is_printed(bench: Bench, prices: Path) -> None:
    bench.world(retailPrices={VM: {"eastus": 3.5, "swedencentral": 4.75}})
    outcome = refresh(bench, "--file", str(prices))
    assert outcome.exit_code == 0, outcome.errors
    assert f"{VM} eastus: 3.5 USD for 1 Hour, before 3.673 USD for 1 Hour" in outcome.output
    assert f"new: {VM} swedencentral: 4.75 USD for 1 Hour" in outcome.output
    found = price_of(prices, VM, "swedencentral")
    assert (found.confidence, found.source, found.region) == ("observed", ("S280",), "swedencentral")
    assert prices.read_text(encoding="utf-8").startswith("# List prices, before tax")
    again = refresh(bench, "--file", str(prices), "--check")
    assert again.exit_code == 0
    assert again.output == "nothing is otherwise; prices.yaml is left as it was\n"


def test_windows_spot_reserved_machines_and_what_is_free_at_first_are_not_taken_for_the_price(
    bench: Bench, prices: Path
) -> None:
    assert refresh(bench, "--file", str(prices), "--region", "eastus").exit_code == 0
    made = written(prices)
    for key, meter in price_list().meters.items():
        if meter.size and meter.prices:
            assert made.meters[key].prices[0].amount == meter.prices[0].amount
    before, after = price_list().price("logs/ingestion", "eastus"), made.price("logs/ingestion", "eastus")
    assert before is not None
    assert after is not None
    assert (after.each, after.first) == (before.each, before.first)


def test_a_check_writes_nothing_and_says_by_its_exit_code_that_something_is_otherwise(
    bench: Bench, prices: Path
) -> None:
    before = prices.read_text(encoding="utf-8")
    bench.world(retailPrices={VM: {"eastus": 3.5}})
    outcome = refresh(bench, "--file", str(prices), "--check", "--region", "East US")
    assert (outcome.exit_code, prices.read_text(encoding="utf-8")) == (1, before)
    assert "3.5 USD" in outcome.output


def test_one_region_leaves_the_others_alone(bench: Bench, prices: Path) -> None:
    bench.world(retailPrices={VM: {"eastus": 3.5, "westus": 3.6}})
    assert refresh(bench, "--file", str(prices), "--region", "westus").exit_code == 0
    assert float(price_of(prices, VM, "westus").each) == 3.6
    assert float(price_of(prices, VM, "eastus").each) == 3.673


def test_a_meter_that_the_api_does_not_list_is_named_and_keeps_its_price(bench: Bench, prices: Path) -> None:
    bench.world(retailPrices={VM: {"eastus": None}})
    outcome = refresh(bench, "--file", str(prices), "--region", "eastus")
    assert f"the API does not list {VM}, which stays as it was" in outcome.errors
    assert price_of(prices, VM, "eastus") is not None


def test_the_installed_list_is_not_written_with_the_answers_of_another_address(bench: Bench) -> None:
    before = installed_prices().read_text(encoding="utf-8")
    outcome = refresh(bench)
    assert outcome.exit_code == 3
    assert "is not Azure's own address: say with --file" in outcome.errors
    assert installed_prices().read_text(encoding="utf-8") == before


def test_a_region_that_is_none_is_refused_before_anybody_is_asked(bench: Bench, prices: Path) -> None:
    outcome = refresh(bench, "--file", str(prices), "--region", "atlantis")
    assert outcome.exit_code == 2
    assert "atlantis is no region" in outcome.errors


def test_throttling_is_waited_out(bench: Bench, prices: Path) -> None:
    add_fault(bench.home, "throttle", plane="data", count=1, retry_after_seconds=1)
    assert refresh(bench, "--file", str(prices), "--region", "eastus").exit_code == 0


@pytest.mark.parametrize("content", ["{}", "[]", "meters: 3", "a: b: c"])
def test_a_file_that_is_no_price_list_is_told(bench: Bench, tmp_path: Path, content: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(content, encoding="utf-8")
    outcome = refresh(bench, "--file", str(path))
    assert (outcome.exit_code, path.read_text(encoding="utf-8")) == (3, content)
    assert "cannot be read as a price list" in outcome.errors


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Serve an answer of a test's own to every question."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(f"http://{self.headers['Host']}{self.path}")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/retail/prices"
    finally:
        server.shutdown()
        server.server_close()


def page(items: list[Any], following: str | None = None) -> str:
    return json.dumps({"Items": items, "NextPageLink": following, "Count": len(items)})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda _url: (200, {}, page([])), "lists none of the meters"),
        (lambda _url: (200, {}, "{}"), "answers with no list of prices"),
        (lambda _url: (200, {}, "<html>"), "could not be asked"),
        (lambda _url: (404, {}, "gone"), "could not be asked"),
        (lambda url: (200, {}, page([], url)), "as the one after itself"),
        (lambda _url: (200, {}, page([], "http://prices.example/api")), "names a page elsewhere as its next one"),
        (lambda _url: (302, {"Location": "http://prices.example/"}, ""), "could not be asked"),
    ],
    ids=["empty", "none", "html", "gone", "loop", "elsewhere", "redirected"],
)
def test_an_answer_that_is_none_is_refused_and_nothing_is_written(
    prices: Path, answer: Answer, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prices.read_text(encoding="utf-8")
    with answering(answer) as url:
        monkeypatch.setenv(ADDRESS_VARIABLE, url)
        result = CliRunner().invoke(main, ["--file", str(prices)])
    assert (result.exit_code, prices.read_text(encoding="utf-8")) == (3, before)
    assert told in result.stderr
    assert result.stderr.endswith("nothing is written\n")
    assert "Traceback" not in result.stderr


def test_an_address_where_nobody_answers_is_told(prices: Path) -> None:
    with answering(lambda _url: (200, {}, page([]))) as url:
        gone = url
    result = CliRunner().invoke(main, ["--file", str(prices), "--url", gone])
    assert result.exit_code == 3
    assert "could not be asked" in result.stderr
