"""What a check says."""

from dataclasses import dataclass

from llama_azure_report import Result


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of one subject."""

    result: Result
    answer: str
    """What Azure answered, or the facts say, in a sentence for a person."""
    remedy: str = ""
    """What to do; empty when there is nothing to do."""


def passed(answer: str) -> Verdict:
    """Nothing speaks against the deployment."""
    return Verdict(Result.PASS, answer)


def failed(answer: str, remedy: str) -> Verdict:
    """Azure will refuse."""
    return Verdict(Result.FAIL, answer, remedy)


def warned(answer: str, remedy: str) -> Verdict:
    """Azure may refuse, or somebody should look."""
    return Verdict(Result.WARN, answer, remedy)


def unknown(reason: str, remedy: str = "") -> Verdict:
    """It could not be asked."""
    return Verdict(Result.UNKNOWN, reason, remedy)
