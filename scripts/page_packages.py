"""The packages of npm behind the estate page: what its script is bundled from, and the browser that its tests run in.

They are held to the hashes of ``page/assets/package-lock.json`` and kept in the user's cache folder. ``bundle`` writes
the scripts in ``page/llama_azure_page/static``; ``browser`` provides Chromium and prints where it is.
"""

import ctypes.util
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "page" / "assets"
STATIC = ROOT / "page" / "llama_azure_page" / "static"
BUNDLES = ("page.js", "playground.js")
VARIABLE = "LLAMA_AZURE_BROWSER"
"""Names a Chromium of one's own for the tests."""

_INFLATE = """
const {createReadStream, createWriteStream} = require("node:fs");
const {createBrotliDecompress} = require("node:zlib");
require("node:stream/promises").pipeline(createReadStream(process.argv[1]), createBrotliDecompress(),
  createWriteStream(process.argv[2])).catch((error) => { console.error(String(error)); process.exit(1); });
"""


class PackagesError(Exception):
    """The packages cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium, and the variables that it needs."""

    path: Path
    variables: dict[str, str]


def packages() -> Path:
    """Return the folder of the installed packages; they are installed at first use.

    Raises:
        PackagesError: they cannot be installed.
    """
    lock = (ASSETS / "package-lock.json").read_bytes()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llama-azure"
    folder = root / f"page-{hashlib.sha256(lock).hexdigest()[:12]}"
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(ASSETS / name, folder / name)
            _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
            (folder / "done").touch()
    return folder


def bundle(folder: Path = STATIC) -> None:
    """Write the page's scripts into a folder, each with what it imports.

    Raises:
        PackagesError: they cannot be bundled.
    """
    modules = packages() / "node_modules"
    command = [str(modules / ".bin" / "esbuild"), *BUNDLES, "--bundle", "--minify", "--format=iife", "--target=es2022"]
    _run([*command, "--charset=utf8", "--log-level=warning", f"--outdir={folder}"], ASSETS, NODE_PATH=str(modules))


def browser() -> Browser:
    """Return the Chromium that ``LLAMA_AZURE_BROWSER`` names, or else the one of the locked packages.

    Raises:
        PackagesError: there is none.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        if not Path(chosen).is_file():
            raise PackagesError(f"{VARIABLE} names {chosen}, which is no file")
        return Browser(Path(chosen), {})
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise PackagesError(
            f"a browser is provided for Linux on x86-64 only: have Chromium or Chrome on this machine, "
            f"and name its program in {VARIABLE}"
        )
    folder = packages() / "browser"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            _unpack(packages() / "node_modules" / "@sparticuz" / "chromium" / "bin", folder)
            (folder / "done").touch()
    variables = {}
    if ctypes.util.find_library("nss3") is None:
        variables["LD_LIBRARY_PATH"] = str(folder / "lib")
    if not Path("/etc/fonts").exists():
        variables["FONTCONFIG_FILE"] = str(folder / "own-fonts.conf")
    return Browser(folder / "chromium", variables)


def _unpack(packed: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    _inflate(packed / "chromium.br", folder / "chromium")
    (folder / "chromium").chmod(0o755)
    for name in ("al2023", "fonts", "swiftshader"):
        archive = folder / f"{name}.tar"
        _inflate(packed / f"{name}.tar.br", archive)
        with tarfile.open(archive) as content:
            content.extractall(folder, filter="data")
        archive.unlink()
    # The one that is packed looks for fonts where another system has them.
    own = f"<fontconfig><dir>{folder / 'fonts'}</dir><cachedir>{folder / 'fonts-cache'}</cachedir></fontconfig>"
    (folder / "own-fonts.conf").write_text(own, encoding="utf-8")


def _inflate(packed: Path, to: Path) -> None:
    _run(["node", "-e", _INFLATE, str(packed), str(to)], packed.parent)


def _run(command: list[str], folder: Path, **variables: str) -> None:
    if shutil.which(command[0]) is None:
        raise PackagesError(
            f"{command[0]} is not on the PATH: install Node.js 20 or newer, or name a Chromium of yours in {VARIABLE}"
        )
    answer = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        said = (answer.stderr or answer.stdout).strip()[-2000:]
        raise PackagesError(f"{' '.join(command[:2])} failed in {folder}:\n{said}")


def main() -> None:
    """Do what the command line says."""
    try:
        match sys.argv[1:]:
            case ["bundle"]:
                bundle()
            case ["browser"]:
                print(f"browser: {browser().path}")
            case _:
                sys.exit("page_packages: say bundle or browser")
    except PackagesError as error:
        sys.exit(f"page_packages: {error}")


if __name__ == "__main__":
    main()
