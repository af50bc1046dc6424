"""Requests to endpoints with anything in them, for as long as there is time."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.soak.conftest import Tally
from tests.support.data_plane import Caller
from tests.support.data_plane_fuzz import POLICIES, ROUTES, contents, fuzzed_endpoints, send
from tests.support.in_process import open_application

EXAMPLES = 20


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Caller]]:
    with open_application(tmp_path_factory.mktemp("application")) as arm:
        yield fuzzed_endpoints(arm)


def test_contents_to_the_data_plane(callers: dict[str, Caller], soak: Tally) -> None:
    def attempt(seed: int) -> None:
        @seeded(seed)
        @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(content=contents(), where=st.sampled_from(ROUTES), policy=POLICIES)
        def hold(content: bytes, where: tuple[str, str], policy: str | None) -> None:
            send(callers, where, content, policy)

        hold()

    soak.run(attempt)
