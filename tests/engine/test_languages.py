"""Programs in Go and TypeScript with SDKs that Pulumi's own code generators make of the package's schema.

The languages' hosts are not to be had everywhere: the programs are their own hosts, by the Automation API.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

from llama_azure.package import package_schema
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.engine.find import cache_folder
from llama_azure_sandbox.engine.sources import cli_version, spell_version
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import sign_in
from tests.support.estates import make_project
from tests.support.npm import npm_packages
from tests.support.secrecy import files_below
from tests.support.workbench import Workbench, open_workbench

# The programs deploy what is sold today; the tests hold today still.
TODAY = dt.date(2026, 11, 25)
SOURCES = PROJECT_ROOT / "tests" / "engine" / "languages"
SECONDS = 900
# What a compiler fetches has a digest in the lock files beside the programs.
# -trimpath: what was compiled in one folder is found again in another.
GO = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-buildvcs=false -mod=mod -trimpath"}
NO_PACK = {"PULUMI_OPTION_POLICY_PACK": "", "PULUMI_OPTION_POLICY_PACK_CONFIG": ""}
MODULE = package_schema()["language"]["go"]["importBasePath"]

pytestmark = pytest.mark.skipif(
    shutil.which("go") is None, reason="the code generators are Go programs, and no Go is on the PATH"
)


def run(command: list[str | Path], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sdks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs, and each language's SDK of the schema that the package serves."""
    folder = tmp_path_factory.mktemp("languages")
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
    schema = folder / "schema.json"
    schema.write_text(json.dumps(package_schema()), encoding="utf-8")
    run([generator(), schema, folder / "sdk"], folder)
    return folder


def generator() -> Path:
    """Return the compiled code generators, which are kept in the user's cache folder."""
    digest = hashlib.sha256(
        b"".join((SOURCES / name).read_bytes() for name in ("go.mod", "go.sum", "generate/main.go"))
    )
    program = cache_folder() / f"generate-{digest.hexdigest()[:12]}"
    with FileLock(f"{program}.lock"):
        if not program.exists():
            run(["go", "build", "-o", program, "./generate"], SOURCES, **GO | {"GOFLAGS": "-buildvcs=false"})
    return program


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("bench"), StartOptions(port=0, as_of=TODAY)) as bench:
        yield bench


def go_program(folder: Path) -> list[str | Path]:
    """Compile the Go program with its SDK."""
    sdk = folder / "sdk" / "go" / "llamaazure"
    go_mod = (folder / "go.mod").read_text(encoding="utf-8").partition("\n)\n")
    first = go_mod[0].partition("require (")[2]
    (sdk / "go.mod").write_text(f"module {MODULE}\n\ngo 1.25\n\nrequire ({first}\n)\n", encoding="utf-8")
    run(["go", "mod", "edit", f"-require={MODULE}@v0.0.0", f"-replace={MODULE}=./sdk/go/llamaazure"], folder, **GO)
    run(["go", "build", "-o", "program", "./go"], folder, **GO)
    return [folder / "program"]


def typescript_program(folder: Path) -> list[str | Path]:
    """Compile the TypeScript program with its SDK; npm's packages are kept in the user's cache folder."""
    program = folder / "nodejs"
    (program / "node_modules").symlink_to(npm_packages(program))
    (folder / "sdk" / "nodejs").rename(program / "sdk")
    run(["node", "node_modules/typescript/bin/tsc"], program)
    shutil.copy(program / "sdk" / "package.json", program / "bin" / "sdk" / "package.json")
    return ["node", program / "bin" / "main.js"]


def deploy(
    bench: Workbench, command: list[str | Path], language: str, principal_type: str = "Group"
) -> subprocess.CompletedProcess[str]:
    """Run a program, which puts its stack up."""
    project = bench.folder / language
    project.mkdir(exist_ok=True)
    plugin = {"name": "llama-azure", "path": str(PROJECT_ROOT / "components")}
    settings = {"name": f"languages-{language}", "runtime": language, "plugins": {"providers": [plugin]}}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    config = {"config": {"llama-azure:asOf": TODAY.isoformat(), "azure-native:location": "eastus2"}}
    if not (project / "Pulumi.dev.yaml").exists():
        (project / "Pulumi.dev.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return subprocess.run(
        [*command, project],
        cwd=project,
        env=bench.environment
        # What is refused at once needs nobody's judgement.
        | (NO_PACK if principal_type == "Robot" else {})
        | {"GROUP": f"rg-{language}", "ENDPOINT": f"llama-{language}", "PRINCIPAL_TYPE": principal_type}
        | {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION_ID},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_the_generators_are_of_the_engines_version() -> None:
    required = (SOURCES / "go.mod").read_text(encoding="utf-8")
    node = json.loads((SOURCES / "nodejs" / "package.json").read_text(encoding="utf-8"))
    version = spell_version(cli_version())
    assert f"github.com/pulumi/pulumi/pkg/v3 v{version}" in required
    assert node["dependencies"]["@pulumi/pulumi"] == version


@pytest.mark.parametrize(
    ("language", "compiled"),
    [
        pytest.param("go", go_program, marks=pytest.mark.client("Go", "a program with the SDK that Pulumi generates")),
        pytest.param(
            "nodejs",
            typescript_program,
            marks=[
                pytest.mark.skipif(shutil.which("npm") is None, reason="no Node.js is on the PATH"),
                pytest.mark.client("Node.js", "a program with the SDK that Pulumi generates"),
                pytest.mark.client("typescript", "compiles the SDK that Pulumi generates"),
            ],
        ),
    ],
)
def test_a_program_deploys_and_is_told_its_mistakes_by_the_names_it_uses(
    bench: Workbench, sdks: Path, language: str, compiled: Callable[[Path], list[str | Path]]
) -> None:
    command = compiled(sdks)
    with sign_in(bench.home) as arm:
        make_project(arm, f"rg-{language}")
    wrong = deploy(bench, command, language, principal_type="Robot")
    said = " ".join((wrong.stdout + wrong.stderr).split())
    assert wrong.returncode != 0
    assert "deployers.team.principalType" in said
    assert "principalType is 'Robot'; give User, Group or ServicePrincipal" in said
    assert "Traceback" not in said
    assert "principal_type" not in said
    assert ".py" not in said

    done = deploy(bench, command, language)
    assert done.returncode == 0, done.stdout + done.stderr
    outputs: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert sum(outputs["changes"].values()) >= 9
    assert outputs["uri"]["value"] == f"{bench.record.base_url}/serverless/eastus2/llama-{language}"
    assert outputs["key"]["secret"] is True
    assert len(outputs["key"]["value"]) == 32
    assert outputs["key"]["value"] not in files_below(bench.home)
