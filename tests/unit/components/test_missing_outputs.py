"""A resource whose creation failed, or is not over, lacks outputs: no component stumbles over that."""

from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime.rpc import is_rpc_secret

from llama_azure import OnlineEndpoint, ServerlessEndpoint
from tests.unit.components.recording import Recorder, record
from tests.unit.components.test_components import ENDPOINT_ARGS, ONLINE_ENDPOINT_ARGS, each_component

Path = tuple[str, ...]


@dataclass
class Forgetful(Recorder):
    """An Azure that shows nothing of some outputs: ``(logical name, *path)``, or a function's ``(token, *path)``."""

    missing: frozenset[Path] = frozenset()
    shown: set[Path] = field(default_factory=set)
    """Every path that there was to leave out."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        resource_id, outputs = super().new_resource(args)
        # A dynamic resource's outputs are its own, and come with its state or not at all.
        return resource_id, outputs if "dynamic" in args.typ else self._without(outputs, (args.name,))

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        answer, failures = super().call(args)
        return (answer if "getClientConfig" in args.token else self._without(answer, (args.token,))), failures

    def _without(self, outputs: dict[str, Any], place: Path) -> dict[str, Any]:
        kept = {}
        for name, value in outputs.items():
            path = (*place, name)
            if name == "identity" and value.get("userAssignedIdentities"):
                # Without it the SDK takes the input in its place, a list where its own type of the output is a map.
                kept[name] = value
                continue
            self.shown.add(path)
            if path not in self.missing:
                kept[name] = (
                    self._without(value, path) if isinstance(value, dict) and not is_rpc_secret(value) else value
                )
        return kept


def outputs_of(component: Any, args: dict[str, Any]) -> tuple[list[Path], list[Path]]:
    """Return all that Azure shows, and what of it lies in an output of a resource or function that somebody reads."""
    recorder, read = Forgetful(), set[Path]()

    def get(holder: Any, name: str) -> Any:
        if isinstance(holder, pulumi.Resource):
            read.add((holder._name, camel_case(name)))
        return pulumi_get(holder, name)

    pulumi_get = pulumi.get
    with mock.patch("pulumi.get", get):
        record(lambda: component("it", args), recorder)
    functions = {token for token, _ in recorder.calls}
    every = sorted(recorder.shown)
    return every, [path for path in every if path[0] in functions or path[:2] in read]


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)


@each_component
def test_a_component_bears_the_lack_of_any_outputs(component: Any, args: dict[str, Any]) -> None:
    every, read = outputs_of(component, args)

    @settings(max_examples=15)
    @given(st.sets(st.sampled_from(every)) if every else st.just(set()), st.booleans())
    def bears(missing: set[Path], preview: bool) -> None:
        monitor, _ = record(lambda: component("it", args), Forgetful(missing=frozenset(missing)), preview=preview)
        assert monitor.outputs["it"]

    bears()
    for one in read:
        record(lambda: component("it", args), Forgetful(missing=frozenset({one})))


@pytest.mark.parametrize(
    ("component", "args", "address"),
    [
        (ServerlessEndpoint, ENDPOINT_ARGS, ("it-endpoint", "properties", "inferenceEndpoint")),
        (OnlineEndpoint, ONLINE_ENDPOINT_ARGS, ("it-endpoint", "properties", "scoringUri")),
    ],
)
def test_nobody_asks_for_the_keys_of_an_endpoint_that_failed(component: Any, args: Any, address: Path) -> None:
    assert address in outputs_of(component, args)[1]
    _, asked = record(lambda: component("it", args))
    assert [token for token, _ in asked.calls if "Keys" in token]
    monitor, asked = record(lambda: component("it", args), Forgetful(missing=frozenset({address})))
    assert [token for token, _ in asked.calls if "Keys" in token] == []
    assert monitor.outputs["it"]["primary_key"]["value"] == ""
