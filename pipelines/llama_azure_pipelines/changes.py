"""What a branch changes, by git."""

from pathlib import Path

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import capture


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
