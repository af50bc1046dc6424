"""What the SDK says is read once, by whoever needs it first."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from llama_azure_sandbox.provider import shapes
from llama_azure_sandbox.provider.shapes import ShapesError, inputs_of, package_schema

GROUP = "azure-native:resources:ResourceGroup"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Nothing is remembered from before, or for what comes after."""
    for remembered in (shapes._shapes, shapes._folder):
        remembered.cache_clear()
    yield
    for remembered in (shapes._shapes, shapes._folder):
        remembered.cache_clear()


def test_many_who_ask_at_once_have_the_sdk_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    read = []

    def remember(folder: Path) -> None:
        read.append(folder)
        kept = json.dumps({"resources": {GROUP: {"inputProperties": {"location": {}}}}})
        (folder / "shapes-resources.json").write_text(kept, encoding="utf-8")

    monkeypatch.setattr(shapes, "_read_sdk", remember)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: inputs_of(GROUP), range(16)))
    assert answers == [{"location": {}}] * 16
    assert len(read) == 1
    assert [path.name for path in (tmp_path / "llama-azure" / "azure-native").glob(".building-*")] == []


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "llama-azure").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ShapesError, match=rf"cannot be kept in {tmp_path}/llama-azure/azure-native"):
        package_schema()
