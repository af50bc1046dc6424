"""What the engine is given to take over."""

import json
from pathlib import Path
from typing import Any

import pytest

from llama_azure_pipelines.programs import Answer
from llama_azure_pipelines.steps import adopt as step

HUB = "urn:pulumi:dev::llama-azure::llama-azure:index:AiHub::hub"
STORAGE = {"type": "azure-native:storage:StorageAccount", "name": "hub-storage", "id": "<PLACEHOLDER>", "parent": "hub"}


def test_what_a_resource_belongs_to_is_named_also_where_the_stack_has_it_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}

    def preview(command: list[str], *_: object) -> Answer:
        content = {"nameTable": {"hub": HUB}, "resources": [STORAGE]}
        Path(command[-1]).write_text(json.dumps(content), encoding="utf-8")
        return Answer(0, "")

    def imported(command: list[str], *_: object) -> Answer:
        given.update(json.loads(Path(command[command.index("--file") + 1]).read_text(encoding="utf-8")))
        return Answer(0, "")

    monkeypatch.setattr(step, "capture", preview)
    monkeypatch.setattr(step, "show", imported)
    step.adopt("dev", {"hub-storage": "/subscriptions/s/x"})
    assert given == {"nameTable": {"hub": HUB}, "resources": [STORAGE | {"id": "/subscriptions/s/x"}]}
