"""Whatever is sent to an endpoint, the answer is one of those that it documents, and the next request is served."""

from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.data_plane_fuzz import BODIES, POLICIES, ROUTES, contents, fuzzed_endpoints, send
from tests.support.in_process import open_application

EXAMPLES = 250  # some seconds; `make soak` goes on


def test_no_content_makes_an_endpoint_fail(tmp_path: Path) -> None:
    answered = Counter[int]()
    with open_application(tmp_path) as arm:
        callers = fuzzed_endpoints(arm)

        @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(content=contents(), where=st.sampled_from(ROUTES), policy=POLICIES)
        def hold(content: bytes, where: tuple[str, str], policy: str | None) -> None:
            answered[send(callers, where, content, policy)] += 1

        hold()
        assert answered[200], "nothing of all that was answered: the fuzz does not get anywhere"
        assert callers["chat"].post("/v1/chat/completions", BODIES[0]).status_code == 200
