"""The progress bar while Azure is asked."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class ProgressBar:
    """Shows how many questions are answered, on a terminal only."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("asking Azure"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=0)
        self._total = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def asking(self, questions: int) -> None:
        """So many more questions are put."""
        self._total += questions
        self._bar.update(self._task, total=self._total)

    def answered(self) -> None:
        """One of them is answered."""
        self._bar.advance(self._task)
