"""From the paths that a change touches to the stacks that it touches. Pure."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import capture


def affected_stacks(
    paths: Iterable[str], known: Environments, stands_on: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the stacks that a change of ``paths`` touches, in the order of deployment.

    Args:
        paths: relative to the repository, with forward slashes.
        known: the environments, and which paths touch which.
        stands_on: by stack, the stack whose hub it uses; a change of that one touches it too.
    """
    names = (*known.environments, *(stands_on or {}).values())
    touched: set[str] = set()
    for path in paths:
        touched |= _touched_by(path, known, names)
    for stack in known.environments:
        if (stands_on or {}).get(stack) in touched:
            touched.add(stack)
    return tuple(stack for stack in known.environments if stack in touched)


def _touched_by(path: str, known: Environments, names: tuple[str, ...]) -> set[str]:
    own = {name for name in names for pattern in known.one_stack if path == pattern.format(stack=name)}
    if own:
        return own
    of_another_stack = any(fnmatchcase(path, pattern.format(stack="*")) for pattern in known.one_stack)
    if of_another_stack or any(fnmatchcase(path, pattern) for pattern in known.no_stack):
        return set()
    return set(known.environments)


def changed_paths(base: str, root: Path) -> tuple[str, ...]:
    """Return the paths that the checked-out commit changes since it left ``base``, deleted and renamed ones too.

    Raises:
        StepError: git does not know ``base``, or the clone is too shallow to tell.
    """
    command = ["git", "diff", "--name-only", "--no-renames", "-z", "--merge-base", base, "HEAD", "--"]
    answer = capture(command, cwd=root)
    if answer.returncode != 0:
        raise StepError(
            f"git cannot tell what changed since {base!r}; fetch that commit and the history up to it "
            f"(fetch-depth: 0): {answer.last_words}"
        )
    return tuple(path for path in answer.output.split("\0") if path)
