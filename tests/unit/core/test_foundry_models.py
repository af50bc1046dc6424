"""What the Foundry's catalogue lists can be named in settings: models of any name, and every SKU."""

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue_refresh import refreshed
from llama_azure_core.foundry import catalogue_date, deployment_skus, foundry_models, sku_names
from llama_azure_core.plan import plan
from llama_azure_core.settings import parse_settings
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.unit.core.test_catalogue_refresh import POOL, item, listed

OFFERED = [
    (row.name, version.version, sku)
    for row in foundry_models().values()
    for version in row.versions
    for sku in version.skus
]


def stack(model: str, **foundry: Any) -> dict[str, Any]:
    return {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": catalogue_date().isoformat(),
        "llama-azure:resourceGroup": "rg-llama",
        "llama-azure:projects": {"assistants": {"endpoints": {"chat": {"model": model, "foundry": foundry}}}},
    }


@pytest.mark.parametrize(("model", "version", "sku"), OFFERED, ids=lambda value: getattr(value, "name", value))
def test_every_sku_that_the_catalogue_lists_can_be_deployed(model: str, version: str, sku: Any) -> None:
    written = stack(model, version=version, sku=sku.name.lower())
    (endpoint,) = plan(parse_settings(written, "f"), subscription="s").endpoints
    assert endpoint.arguments["sku_name"] == sku.name
    assert (endpoint.counter, endpoint.capacity) == (sku.usage_name, sku.capacity.default)


def test_an_sku_that_there_is_none_of_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'Cheap' is not an SKU of a deployment") as refused:
        parse_settings(stack("Llama-3.3-70B-Instruct", sku="Cheap"), "f")
    assert all(name in str(refused.value) for name in sku_names())


def test_an_sku_that_the_catalogue_does_not_offer_the_model_as_is_refused_with_how_to_read_it_anew() -> None:
    row = foundry_models()["Llama-3.3-70B-Instruct"]
    offered = {sku.name for sku in row.default_version.skus}
    other = next(name for name in deployment_skus() if name not in offered)
    with pytest.raises(ValueError, match="refresh-catalogue reads anew") as refused:
        parse_settings(stack(row.name, sku=other), "f")
    assert all(name in str(refused.value) for name in (*offered, other))


_READ = """
import json, sys
from llama_azure_core.plan import plan
from llama_azure_core.settings import parse_settings
from llama_azure_core.settings.schema import stack_file_schema
(one,) = plan(parse_settings(json.loads(sys.argv[1]), "f"), subscription="s").endpoints
print(json.dumps([one.back_end, one.arguments, one.counter, "muse-glimmer-30b" in json.dumps(stack_file_schema())]))
"""


def test_a_model_that_only_a_catalogue_read_anew_lists_can_be_named_in_settings(tmp_path: Path) -> None:
    """In a process of its own, whose package has the catalogue as refresh-catalogue would have written it."""
    package = tmp_path / "llama_azure_core"
    shutil.copytree(PROJECT_ROOT / "core" / package.name, package, ignore=shutil.ignore_patterns("__pycache__"))
    answers = {"eastus2": listed(item("muse-glimmer-30b", counter=POOL))}
    made = refreshed(load_facts("foundry_catalogue"), answers, {}, dt.date(2026, 12, 1))
    (package / "facts" / "foundry_catalogue.yaml").write_text(yaml.safe_dump(made.content), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", _READ, json.dumps(stack("Muse-Glimmer-30B"))],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    back_end, arguments, counter, is_completed = json.loads(ran.stdout)
    assert (back_end, counter, is_completed) == ("foundry", POOL, True)
    model = {name: arguments[f"model_{name}"] for name in ("format", "name", "version")}
    assert model == {"format": "Meta", "name": "muse-glimmer-30b", "version": "1"}
