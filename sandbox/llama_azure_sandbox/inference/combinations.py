"""The rules between parameters (``combinations`` in parameters.yaml): one function per rule, by its name there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llama_azure_sandbox.inference.errors import invalid_parameter
from llama_azure_sandbox.inference.parameter_table import parameter_table
from llama_azure_sandbox.inference.reading import Asked


@dataclass(frozen=True, slots=True)
class Room:
    """What bounds a request beside its own parameters."""

    prompt_tokens: int
    longest_prompt: int
    """The tokens of the longest prompt, where there are several."""
    context_tokens: int | None
    """The model's context length, where it is known."""
    tokens_per_minute: int | None
    """The most that a request may ask for at all; ``None`` where there is no such bound."""


def _best_of_exceeds_n(asked: Asked, _room: Room) -> bool:
    best_of, n = asked["best_of"], asked["n"]
    return asked.given.get("best_of") is None or best_of > n or (best_of, n) == (1, 1)


def _best_of_does_not_stream(asked: Asked, _room: Room) -> bool:
    return not asked["stream"] or asked.given.get("best_of") in (None, 1)


def _beam_search_needs_candidates(asked: Asked, _room: Room) -> bool:
    return not asked["use_beam_search"] or (asked.given.get("best_of") or 1) > 1


def _beam_search_is_greedy(asked: Asked, _room: Room) -> bool:
    return not asked["use_beam_search"] or asked["temperature"] == 0


def _context_length(asked: Asked, room: Room) -> bool:
    return room.context_tokens is None or room.longest_prompt + asked["max_tokens"] <= room.context_tokens


def _token_quota(asked: Asked, room: Room) -> bool:
    return room.tokens_per_minute is None or room.prompt_tokens + asked.most_tokens <= room.tokens_per_minute


CHECKS: Mapping[str, Callable[[Asked, Room], bool]] = {
    "best-of-exceeds-n": _best_of_exceeds_n,
    "best-of-does-not-stream": _best_of_does_not_stream,
    "beam-search-needs-candidates": _beam_search_needs_candidates,
    "beam-search-is-greedy": _beam_search_is_greedy,
    "context-length": _context_length,
    "token-quota": _token_quota,
}


def check_combinations(asked: Asked, room: Room) -> None:
    """Hold a request to every rule.

    Raises:
        DataPlaneError: 422, the first parameter of the rule that is broken is named.
    """
    for name, combination in parameter_table().combinations.items():
        if not CHECKS[name](asked, room):
            broken = combination.names[0]
            raise invalid_parameter([broken], asked[broken], f"{combination.rule} ({_figures(name, asked, room)})")


def _figures(name: str, asked: Asked, room: Room) -> str:
    values = ", ".join(f"{one} {asked[one]}" for one in parameter_table().combinations[name].names)
    match name:
        case "context-length":
            return f"prompt {room.longest_prompt} tokens, {values}, context {room.context_tokens}"
        case "token-quota":
            return f"prompt {room.prompt_tokens} tokens, {values}, quota {room.tokens_per_minute}"
    return values
