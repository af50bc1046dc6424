"""Traffic by weight: exact over every round, and evenly spread."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from llama_azure_sandbox.inference.traffic import Traffic

SHARES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 100), min_size=1).filter(
    lambda shares: any(shares.values())
)


@given(SHARES, st.integers(1, 3))
def test_every_round_gives_each_its_share(shares: dict[str, int], rounds: int) -> None:
    traffic, total = Traffic(), sum(shares.values())
    got = Counter(traffic.next("endpoint", shares) for _ in range(rounds * total))
    assert got == {name: share * rounds for name, share in shares.items() if share}


@given(SHARES)
def test_nobody_is_ever_a_whole_request_ahead_of_its_share(shares: dict[str, int]) -> None:
    traffic, total, got = Traffic(), sum(shares.values()), Counter[str | None]()
    for number in range(1, total + 1):
        got[traffic.next("endpoint", shares)] += 1
        for name, share in shares.items():
            assert abs(got[name] - number * share / total) < len(shares)


def test_without_a_positive_share_nobody_gets_anything() -> None:
    assert Traffic().next("endpoint", {}) is None
    assert Traffic().next("endpoint", {"blue": 0}) is None


def test_a_change_of_shares_begins_anew() -> None:
    traffic = Traffic()
    first = [traffic.next("endpoint", {"a": 50, "b": 50}) for _ in range(3)]
    assert [traffic.next("endpoint", {"a": 100}), traffic.next("endpoint", {"a": 50, "b": 50})] == ["a", first[0]]
