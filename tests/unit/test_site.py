"""The site has every page of docs/ in a group, and its links lead where they do in the repository."""

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT
from scripts.site import ROOT, SiteError, lay_out, pages, rewritten

ZENSICAL = PROJECT_ROOT / ".venv-site" / "bin" / "zensical"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    lay_out(folder)
    return folder


def entries(nav: Any) -> list[str]:
    if isinstance(nav, list):
        return [page for one in nav for page in entries(one)]
    return [page for one in nav.values() for page in entries(one)] if isinstance(nav, dict) else [nav]


def test_every_page_is_in_the_navigation_once(folder: Path) -> None:
    project = tomllib.loads((folder / "zensical.toml").read_text(encoding="utf-8"))["project"]
    listed = entries(project["nav"])
    assert sorted(listed) == sorted(pages().values())
    assert [next(iter(group)) for group in project["nav"]][:2] == ["Start", "Guides"]


def test_every_page_of_docs_is_in_the_site() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")} <= pages().keys()


@pytest.mark.parametrize(
    ("link", "becomes"),
    [
        ("limits.md", "limits.md"),
        ("limits.md#serverless-apis", "limits.md#serverless-apis"),
        ("components/README.md", "components/index.md"),
        ("components", "components/index.md"),
        ("../sandbox/README.md", "sandbox.md"),
        ("../CHANGELOG.md", "changelog.md"),
        ("../pyproject.toml", "https://github.com/example/llama-azure/blob/main/pyproject.toml"),
        ("../examples/components", "https://github.com/example/llama-azure/tree/main/examples/components"),
        ("picture.svg", "picture.svg"),
        ("https://example.com/a.md", "https://example.com/a.md"),
        ("#here", "#here"),
    ],
)
def test_a_link_of_the_repository_is_one_of_the_site(link: str, becomes: str) -> None:
    assert rewritten(f"see [it]({link}).", "docs/runbook.md", pages()) == f"see [it]({becomes})."


def test_code_is_left_as_it_is() -> None:
    text = "```sh\necho [it](nowhere.md)\n```\n"
    assert rewritten(text, "docs/runbook.md", pages()) == text


def test_a_link_that_leads_to_nothing_is_told_with_its_line() -> None:
    with pytest.raises(SiteError, match=r"docs/runbook\.md:3: the link \.\./nowhere\.py leads to nothing"):
        rewritten("one\n\n[it](../nowhere.py)\n", "docs/runbook.md", pages())


def test_a_link_to_a_heading_that_is_none_ends_the_build(folder: Path) -> None:
    assert ZENSICAL.exists(), "the site's own environment is not here; run `make site`"
    page = folder / "source" / "start.md"
    kept = page.read_text(encoding="utf-8")
    page.write_text(f"{kept}\n[gone](runbook.md#no-such-heading)\n", encoding="utf-8")
    try:
        built = subprocess.run(
            [ZENSICAL, "build", "--strict", "--config-file", folder / "zensical.toml"],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        page.write_text(kept, encoding="utf-8")
    assert built.returncode != 0
    assert "anchor does not exist" in built.stdout + built.stderr


def test_the_first_page_has_one_picture_and_three_commands() -> None:
    first = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert first.count("![") == 1
    commands = first.split("```sh\n")[1].split("```")[0].splitlines()
    assert len(commands) == 3
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 100
