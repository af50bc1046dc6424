"""``python -m scripts.pythons``: print one interpreter for each Python from 3.11 that is on this machine, one a line.

Beside what is on the PATH, those of pyenv count, whose shims run only what is switched on.
"""

import os
import re
import subprocess
from pathlib import Path

OLDEST = (3, 11)


def pythons() -> dict[tuple[int, int], Path]:
    """Return an interpreter by its minor version, oldest first."""
    folders = [Path(one) for one in os.environ.get("PATH", "").split(os.pathsep) if one]
    folders += sorted((Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions").glob("*/bin"))
    found: dict[tuple[int, int], Path] = {}
    for program in (one for folder in folders for one in sorted(folder.glob("python3.*"))):
        name = re.fullmatch(r"python3\.(\d+)", program.name)
        version = (3, int(name[1])) if name else (0, 0)
        if version >= OLDEST and version not in found and _runs(program):
            found[version] = program
    return dict(sorted(found.items()))


def _runs(program: Path) -> bool:
    return subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    print(*pythons().values(), sep="\n")
