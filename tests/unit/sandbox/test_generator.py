"""The generator: tokens that are the text again, probabilities that are some, and choices that follow them."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.catalogue import Api, all_models, find_model
from llama_azure_sandbox.inference.completions import Completions, complete
from llama_azure_sandbox.inference.decoding import Sampling, beam_search, sample
from llama_azure_sandbox.inference.language import language
from llama_azure_sandbox.inference.phrases import phrases
from llama_azure_sandbox.inference.reading import CompletionRequest, defaults
from llama_azure_sandbox.inference.tokens import (
    END_OF_TEXT,
    END_OF_TURN,
    LLAMA_2_END,
    count_tokens,
    end_token,
    tokenise,
)

CHAT = find_model("Meta-Llama-3-8B-Instruct")
TEXT = find_model("Meta-Llama-3-8B")


def asked(prompt: str = "How far is the moon?", **values: Any) -> CompletionRequest:
    return CompletionRequest(Api.COMPLETIONS, {**defaults(Api.COMPLETIONS), "prompt": [prompt], **values}, values)


def answer(prompt: str = "How far is the moon?", **values: Any) -> Completions:
    return complete(TEXT, asked(prompt, **values))


def sampling(**changes: Any) -> Sampling:
    usual: dict[str, Any] = {
        "temperature": 1.0,
        "top_p": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "ignore_end": False,
        "most_tokens": 100,
        "seed": 0,
    }
    return Sampling(**{**usual, **changes})


@given(st.text())
def test_tokens_joined_are_the_text_again(text: str) -> None:
    tokens = tokenise(text)
    assert "".join(one.text for one in tokens) == text
    assert count_tokens(text) == len(tokens)
    assert all(1000 <= one.id < 128_000 and not one.special for one in tokens)


@pytest.mark.parametrize(
    ("name", "end"),
    [("Llama-2-7b", LLAMA_2_END), ("Meta-Llama-3-8B", END_OF_TEXT), ("Meta-Llama-3-8B-Instruct", END_OF_TURN)],
)
def test_each_family_ends_a_text_with_its_own_token(name: str, end: object) -> None:
    assert end_token(find_model(name)) == end


@given(st.text(min_size=1, max_size=40), st.integers(0, 200))
def test_what_may_follow_has_probabilities_that_make_one(prompt: str, position: int) -> None:
    spoken = language(CHAT, [prompt])
    offer = spoken.next_tokens(position, None)
    assert math.isclose(sum(math.exp(one) for one in offer.values()), 1, rel_tol=1e-9)
    assert set(phrases().fillers) <= set(offer)


@given(st.text(max_size=60))
def test_an_answer_speaks_of_its_prompt(prompt: str) -> None:
    text = answer(prompt, temperature=0, max_tokens=400, ignore_eos=False).choices[0].text
    assert f"“{' '.join(prompt.split())}”" in text


@pytest.mark.parametrize("model", [model.name for model in all_models()])
def test_every_model_comes_to_an_end(model: str) -> None:
    greedy = sample(language(find_model(model), ["Hello"]), sampling(temperature=0), 0, lambda _: False)
    assert greedy.ended


@pytest.mark.parametrize("prompt", ["Hello", "How far?", "Why?"])
def test_each_wider_beam_is_no_worse_and_the_narrowest_is_greedy(prompt: str) -> None:
    spoken = language(CHAT, [prompt])
    best = [
        max(one.log_probability for one in beam_search(spoken, sampling(most_tokens=30), width))
        for width in (1, 2, 4, 8)
    ]
    assert best == sorted(best)
    greedy = sample(spoken, sampling(most_tokens=30, temperature=0), 0, lambda _: False)
    assert math.isclose(best[0], greedy.log_probability)


def test_some_prompt_shows_that_greed_is_not_best() -> None:
    def gain(prompt: str) -> float:
        spoken = language(CHAT, [prompt])
        greedy = sample(spoken, sampling(most_tokens=40, temperature=0), 0, lambda _: False)
        return beam_search(spoken, sampling(most_tokens=40), 8)[0].log_probability - greedy.log_probability

    assert max(gain(f"question {number}") for number in range(20)) > 0


def test_best_of_is_ordered_and_better_than_the_first_candidates() -> None:
    def means(completions: Completions) -> list[float]:
        return [
            sum(piece.log_probability or 0 for piece in choice.pieces) / len(choice.pieces)
            for choice in completions.choices
        ]

    best = means(answer(n=3, best_of=9, max_tokens=30))
    assert best == sorted(best, reverse=True)
    assert best[0] == max(means(answer(n=9, best_of=9, max_tokens=30)))


@given(st.text(alphabet="abcdefgh moon", min_size=1, max_size=4), st.integers(1, 120))
def test_no_stop_sequence_is_ever_in_the_text(stop: str, most: int) -> None:
    whole = answer(max_tokens=most).choices[0]
    stopped = answer(max_tokens=most, stop=[stop]).choices[0]
    assert stop not in stopped.text
    assert stopped.text == whole.text.split(stop, maxsplit=1)[0]
    assert stopped.finish_reason == ("stop" if stop in whole.text else "length")
