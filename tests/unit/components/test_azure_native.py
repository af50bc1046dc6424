"""What the components declare with classes made from a table is what pulumi-azure-native's own declare."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from llama_azure import _azure_native
from llama_azure._azure_native import authorization, machinelearningservices, storage
from llama_azure.estate import build_estate
from llama_azure_core.settings import parse_settings
from scripts.azure_native_names import NAMES_FILE, names_text
from tests.support.whole_stack import Config, config_of
from tests.unit.components.recording import record
from tests.unit.components.test_every_setting import STACKS


def requests(stack: Config, *, preview: bool) -> dict[tuple[str, str], str]:
    """Return what the engine is asked to register, by type and name."""
    monitor, _ = record(lambda: build_estate(parse_settings(config_of(stack), "f")), preview=preview)
    found = {}
    for request in monitor.requests:
        if request.type == "pulumi:pulumi:Stack":  # it is there once in a process
            continue
        for kept_elsewhere in ("sourcePosition", "stackTrace", "transforms"):
            request.ClearField(kept_elsewhere)
        for depends in (request.dependencies, *(one.urns for one in request.propertyDependencies.values())):
            depends.sort()  # they come from a set
        found[request.type, request.name] = str(request)
    outputs = {
        ("outputs", name): re.sub(r"at 0x\w+", "", str(all_of))
        for name, all_of in monitor.outputs.items()
        if name != "llama-azure-test"
    }
    return found | outputs


@pytest.fixture
def the_sdk_itself(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def switch() -> None:
        monkeypatch.setattr(_azure_native, "_table", dict)
        for name in _azure_native.__all__:
            if name.islower():
                module: Any = getattr(_azure_native, name)
                for kept in [one for one in vars(module) if not one.startswith("_")]:
                    monkeypatch.delattr(module, kept)

    return switch


@pytest.mark.parametrize("name", STACKS)
def test_the_engine_is_asked_for_the_same(name: str, the_sdk_itself: Callable[[], None]) -> None:
    previewed, made = (requests(STACKS[name](), preview=one) for one in (True, False))
    the_sdk_itself()
    assert machinelearningservices.Workspace.__module__ == "pulumi_azure_native.machinelearningservices.workspace"
    assert requests(STACKS[name](), preview=True) == previewed
    assert requests(STACKS[name](), preview=False) == made


def test_the_table_is_what_the_components_name_and_the_sdk_says() -> None:
    assert NAMES_FILE.read_text(encoding="utf-8") == names_text(), "run `make azure-native-names`"


def test_an_object_in_an_output_has_the_sdks_attributes_and_azures_names() -> None:
    endpoints = [{"blob": "https://one", "blobHost": {"ipAddress": "10.0.0.4"}}]
    [answer] = _azure_native._readable(endpoints)
    assert (answer.blob, answer.blob_host.ip_address, answer["blobHost"]["ipAddress"]) == (
        "https://one",
        "10.0.0.4",
        "10.0.0.4",
    )
    assert answer.table is None
    assert "primary_endpoints" in _azure_native._table()["storage"]["StorageAccount"]["objects"]


def test_an_argument_that_is_none_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match="SkuArgs got an unexpected keyword argument 'nam'"):
        storage.SkuArgs(nam="Standard_LRS")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Missing required property 'name' of SkuArgs"):
        storage.SkuArgs()  # type: ignore[call-arg]


def test_another_version_of_the_sdk_is_the_sdk_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_azure_native, "VERSION", "3.15.0")
    monkeypatch.setattr(_azure_native, "_table", _azure_native._table.__wrapped__)
    monkeypatch.delattr(authorization, "LockLevel", raising=False)
    assert authorization.LockLevel.__module__ == "pulumi_azure_native.authorization._enums"
