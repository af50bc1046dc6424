"""docs/limits.md says what the facts say."""

from scripts.limits_page import PAGE, page


def test_the_page_is_the_one_that_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make limits-page`"
