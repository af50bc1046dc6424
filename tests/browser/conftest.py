"""A real Chromium for the tests of a module."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from scripts.page_packages import browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A Chromium without a window; it is an error where there is none."""
    found = browser()
    # Root, as in a container, gets no sandbox of Chromium's.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=found.path, args=options, env={**os.environ, **found.variables}
        )
        try:
            yield launched
        finally:
            launched.close()
