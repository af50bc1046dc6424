"""CONTRIBUTING.md names files, commands and areas that there are."""

import re

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`\n]+)`", PAGE)
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
GENERATED = [line for line in PAGE.splitlines() if re.match(r"\| `.*\| `make ", line)]


@pytest.mark.parametrize(
    "path", sorted({one for one in QUOTED if re.fullmatch(r"[\w.-]+/[\w./-]*|[\w-]+\.(?:md|lock|toml)", one)})
)
def test_a_path_that_is_named_exists(path: str) -> None:
    assert (PROJECT_ROOT / path).exists()


@pytest.mark.parametrize("command", sorted({one for one in QUOTED if one.startswith("make ")}))
def test_a_command_that_is_named_is_a_target(command: str) -> None:
    assert set(command.split()[1:]) <= TARGETS


def test_every_target_that_writes_a_file_of_the_repository_is_in_the_list_of_generated_files() -> None:
    listed = {target for line in GENERATED for target in re.findall(r"`make ([a-z-]+)`", line)}
    writes = set(re.findall(r"^([a-z-]+):.*## (?:.*\bwrite\b|Write|Resolve).*$", MAKEFILE, re.MULTILINE))
    assert listed == writes - {"policy-report"}, "policy-report writes into build/, which no commit has"
