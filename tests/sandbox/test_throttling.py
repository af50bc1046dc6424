"""Resource Manager's limits of requests, switched on."""

from pathlib import Path

from llama_azure_sandbox.addresses import WORLD_PATH
from tests.support.in_process import open_application
from tests.support.refusals import refusal

MOST_TRIES = 1000


def test_a_throttled_request_says_when_to_come_again_and_one_that_passes_what_is_left(tmp_path: Path) -> None:
    with open_application(tmp_path) as arm:
        group = "/resourceGroups/rg-none"
        unlimited = arm.call("DELETE", group).headers["x-ms-ratelimit-remaining-subscription-deletes"]
        assert unlimited == arm.call("DELETE", group).headers["x-ms-ratelimit-remaining-subscription-deletes"]
        assert arm.client.patch(WORLD_PATH, json={"throttling": "arm"}).status_code == 200
        answer = arm.call("DELETE", group)
        assert answer.headers["x-ms-ratelimit-remaining-subscription-deletes"] == "199"
        tries = 1
        while answer.status_code != 429:
            answer, tries = arm.call("DELETE", group), tries + 1
            assert tries < MOST_TRIES
        assert tries > 200
        assert "'deletes' requests" in refusal(answer, 429, "SubscriptionRequestsThrottled")
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["x-ms-ratelimit-remaining-subscription-deletes"] == "0"
        assert arm.call("GET", "/resourceGroups").headers["x-ms-ratelimit-remaining-subscription-reads"] == "249"
        assert arm.client.patch(WORLD_PATH, json={"throttling": "none"}).status_code == 200
        assert arm.call("DELETE", group).status_code == 404
