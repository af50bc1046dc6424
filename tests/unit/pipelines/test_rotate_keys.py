"""What is looked at before the first key is renewed."""

import pytest

from llama_azure_pipelines import engine
from llama_azure_pipelines.environments import environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.steps.rotate_keys import rotate_keys


@pytest.mark.parametrize(
    ("hand_over", "told"),
    [
        ("", "--hand-over is empty"),
        ("   ", "--hand-over is empty"),
        ("no-such-program --now", "'no-such-program' is not a program on the PATH"),
        ("sh -c 'half", "cannot be split into words"),
    ],
)
def test_a_hand_over_that_cannot_run_is_refused_before_anything_is_asked_or_renewed(
    hand_over: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "resource_ids", lambda *_: pytest.fail("the stack was read"))
    with pytest.raises(StepError, match=told) as refused:
        rotate_keys("dev", environments(), hand_over)
    assert "nothing was renewed" in str(refused.value)
