"""The rules between parameters (``combinations`` in parameters.yaml): one function per rule, by its name there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llama_azure_core.parameters import parameter_table
from llama_azure_sandbox.inference.errors import invalid_parameter
from llama_azure_sandbox.inference.reading import CompletionRequest


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """What bounds a request beside its own parameters."""

    prompt_tokens: int
    longest_prompt: int
    """The tokens of the longest prompt, where there are several."""
    context_tokens: int | None
    """The model's context length, where it is known."""
    tokens_per_minute: int | None
    """The most that a request may ask for at all; ``None`` where there is no such bound."""


def _best_of_exceeds_n(request: CompletionRequest, _budget: TokenBudget) -> bool:
    best_of, n = request["best_of"], request["n"]
    return request.given.get("best_of") is None or best_of > n or (best_of, n) == (1, 1)


def _best_of_does_not_stream(request: CompletionRequest, _budget: TokenBudget) -> bool:
    return not request["stream"] or request.given.get("best_of") in (None, 1)


def _beam_search_needs_candidates(request: CompletionRequest, _budget: TokenBudget) -> bool:
    return not request["use_beam_search"] or (request.given.get("best_of") or 1) > 1


def _beam_search_is_greedy(request: CompletionRequest, _budget: TokenBudget) -> bool:
    return not request["use_beam_search"] or request["temperature"] == 0


def _context_length(request: CompletionRequest, budget: TokenBudget) -> bool:
    return budget.context_tokens is None or budget.longest_prompt + request["max_tokens"] <= budget.context_tokens


def _token_quota(request: CompletionRequest, budget: TokenBudget) -> bool:
    return budget.tokens_per_minute is None or budget.prompt_tokens + request.most_tokens <= budget.tokens_per_minute


CHECKS: Mapping[str, Callable[[CompletionRequest, TokenBudget], bool]] = {
    "best-of-exceeds-n": _best_of_exceeds_n,
    "best-of-does-not-stream": _best_of_does_not_stream,
    "beam-search-needs-candidates": _beam_search_needs_candidates,
    "beam-search-is-greedy": _beam_search_is_greedy,
    "context-length": _context_length,
    "token-quota": _token_quota,
}


def check_combinations(request: CompletionRequest, budget: TokenBudget) -> None:
    """Hold a request to every rule.

    Raises:
        DataPlaneError: 422, the first parameter of the rule that is broken is named.
    """
    for name, combination in parameter_table().combinations.items():
        if not CHECKS[name](request, budget):
            broken = combination.names[0]
            raise invalid_parameter(
                [broken], request[broken], f"{combination.rule} ({_figures(name, request, budget)})"
            )


def _figures(name: str, request: CompletionRequest, budget: TokenBudget) -> str:
    values = ", ".join(f"{one} {request[one]}" for one in parameter_table().combinations[name].names)
    match name:
        case "context-length":
            return f"prompt {budget.longest_prompt} tokens, {values}, context {budget.context_tokens}"
        case "token-quota":
            return f"prompt {budget.prompt_tokens} tokens, {values}, quota {budget.tokens_per_minute}"
    return values
