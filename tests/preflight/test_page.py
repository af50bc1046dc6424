"""docs/preflight.md says what is so."""

import re

from click.testing import CliRunner

from llama_azure_preflight.azure import CONCURRENCY
from llama_azure_preflight.checks import CHECKS
from llama_azure_preflight.cli import preflight
from scripts.preflight_page import PAGE, page
from tests.preflight.test_scale import ONCE, PER_PROJECT

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_lists_every_check() -> None:
    assert page(TEXT) == TEXT, "run `make preflight-page`"
    assert re.findall(r"^\| (PF-[A-Z]+-\d{3}) ", TEXT, re.MULTILINE) == [check.id for check in CHECKS]


def test_the_page_lists_every_option() -> None:
    told = CliRunner().invoke(preflight, ["--help"]).output
    options = {one for one in re.findall(r"--[a-z-]+", told) if one != "--help"}
    assert options <= set(re.findall(r"--[a-z-]+", TEXT))


def test_the_page_promises_the_bound_that_is_tested() -> None:
    assert f"{ONCE} + {PER_PROJECT} × P + E" in TEXT
    assert f"up to {CONCURRENCY} at once" in TEXT
