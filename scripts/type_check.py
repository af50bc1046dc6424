"""Type-check the packages that pyproject.toml names, and every program beside them, in one run of mypy.

Programs are called __main__, and mypy takes one module of a name: here each has the name of its folder. A run for each
would read what the components stand on each time, and the program of one would be out of date for the next.
"""

import sys
import time

from mypy.fscache import FileSystemCache
from mypy.main import process_options, run_build
from mypy.modulefinder import BuildSource
from mypy.util import count_stats

from llama_azure_sandbox.home import PROJECT_ROOT

_RECURSION_LIMIT = 2**14  # as mypy itself has it
_PROGRAMS = (
    "__main__.py",
    "bootstrap/__main__.py",
    "components/__main__.py",
    "examples/*.py",
    "examples/components/*.py",
    "examples/policy-pack/__main__.py",
    "pipelines/__main__.py",
    "policies/*/__main__.py",
)


def programs() -> list[BuildSource]:
    """Return the programs, each as a module that no other has the name of; and the modules beside them."""
    paths = sorted(path.relative_to(PROJECT_ROOT) for glob in _PROGRAMS for path in PROJECT_ROOT.glob(glob))
    named = {
        path: path.stem if path.stem != "__main__" else "_".join(("program", *path.parent.parts)) for path in paths
    }
    return [BuildSource(str(path), name.replace("-", "_")) for path, name in named.items()]


def main() -> int:
    """Check, print what is wrong, and return the exit code; arguments are mypy's own."""
    began = time.time()
    sys.setrecursionlimit(_RECURSION_LIMIT)
    files = FileSystemCache()
    sources, options = process_options(sys.argv[1:], fscache=files)
    sources += programs()
    _, messages, _ = run_build(sources, options, files, began, sys.stdout, sys.stderr)
    errors, _, _ = count_stats(messages)
    if not errors:
        print(f"Success: no issues found in {len(sources)} source files")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
