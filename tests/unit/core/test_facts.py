"""The fact files: complete, consistent, and each fact with a source."""

import datetime as dt

import pytest

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import REGISTRY_PREFIX, all_models
from llama_azure_core.naming import NameKind, name_rule
from llama_azure_core.subscriptions import SubscriptionKind
from llama_azure_core.subscriptions import subscription_kind as subscription_kind_facts

SOURCES = load_facts("sources")


def test_model_names_and_registry_ids_are_unique() -> None:
    models = all_models()
    assert len({model.name.casefold() for model in models}) == len(models)
    assert all(model.registry_model_id == REGISTRY_PREFIX + model.name for model in models)


def test_every_cited_source_exists() -> None:
    for model in all_models():
        parts = (model.serverless, model.marketplace, model.managed_compute, model.lifecycle, model.foundry)
        for part in parts:
            assert set(part.source if part else ()) <= SOURCES.keys(), model.name
    for kind in NameKind:
        assert set(name_rule(kind).source) <= SOURCES.keys()
    for subscription_kind in SubscriptionKind:
        assert set(subscription_kind_facts(subscription_kind).source) <= SOURCES.keys()
    for snapshot in load_facts("regions")["snapshots"].values():
        assert set(snapshot["source"]) <= SOURCES.keys()


def test_every_region_table_is_a_known_snapshot_and_snapshots_are_in_order() -> None:
    snapshots = load_facts("regions")["snapshots"]
    begins = [snapshot["from"] for snapshot in snapshots.values()]
    assert begins == sorted(begins)
    for model in all_models():
        if model.serverless:
            assert model.serverless.regions.keys() <= snapshots.keys(), model.name


def test_lifecycles_run_forwards() -> None:
    for model in all_models():
        life = model.lifecycle
        stages = [day for day in (life.legacy, life.deprecated, life.retired) if day is not None]
        assert stages == sorted(stages), model.name
        assert all(isinstance(day, dt.date) for day in stages)


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.name)
def test_a_replacement_is_a_model_of_the_catalogue(model) -> None:
    names = {other.name for other in all_models()}
    assert model.lifecycle.replacement is None or model.lifecycle.replacement in names
