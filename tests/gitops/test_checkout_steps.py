"""The steps that need no cloud, in clones of a repository as a CI system has them."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.support.pipeline import Job, Repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = Repository(tmp_path_factory.mktemp("checkout") / "repository")
    repository.create()
    repository.push("Begin")
    return repository


def job(repository: Repository, ref: str, **variables: str) -> Job:
    return Job(repository.clone(ref), os.environ | variables)


def test_a_mistake_is_told_by_the_checks(repository: Repository) -> None:
    repository.branch("mistaken")
    repository.write("__main__.py", '"""The program."""\n\nimport os\n')
    repository.push("Forget why")
    said = job(repository, "mistaken").step("check", ok=False)
    assert "`os` imported but unused" in said
    assert "`make --no-print-directory check policy-sdk site` failed" in said


def test_the_engine_is_on_the_path_of_later_steps(repository: Repository, tmp_path: Path) -> None:
    paths = tmp_path / "paths"
    job(repository, "main", GITHUB_PATH=str(paths)).step("setup")
    assert Path(paths.read_text(encoding="utf-8").strip(), "pulumi").exists()


def test_a_release_holds_what_others_install_with_its_digests(repository: Repository) -> None:
    released = job(repository, "main")
    released.step("release", "--version", "v0.1.0")
    digests = released.file("build/release/SHA256SUMS").splitlines()
    names = [line.split()[1] for line in digests]
    assert names == [
        "llama-azure-0.1.0.cdx.json",
        "llama-guardrails-0.1.0.tar.gz",
        "llama_azure-0.1.0-py3-none-any.whl",
        "llama_azure-0.1.0.tar.gz",
    ]
    bill = json.loads(released.file("build/release/llama-azure-0.1.0.cdx.json"))
    needed = {one["name"] for one in bill["components"]}
    assert {"pulumi-azure-native", "starlette", "msal", "urllib3"} <= needed
    assert not {"pytest", "ruff", "pulumi-policy"} & needed
    for line in digests:
        digest, name = line.split()
        assert hashlib.sha256((released.checkout / "build" / "release" / name).read_bytes()).hexdigest() == digest
    said = released.step("release", "--version", "v0.2.0", ok=False)
    assert "pyproject.toml says version 0.1.0, the tag 0.2.0" in said
