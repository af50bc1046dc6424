"""Estates for the page, of one endpoint to a thousand, in which everything that it shows is known."""

import datetime as dt
from dataclasses import replace
from typing import Any

from llama_azure_core.plan import Plan, plan
from llama_azure_core.settings.parsing import parse_settings
from llama_azure_page.inputs import Judged, Meter, StackInputs
from llama_azure_report import Finding, Report, Result, Rule

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
MODELS = ("Llama-3.3-70B-Instruct", "Llama-4-Maverick-17B-128E-Instruct-FP8")
BULK = {"model": "Meta-Llama-3-8B", "vmSize": "Standard_NC24ads_A100_v4"}


def planned(stack: str, projects: dict[str, Any], on: str = "2026-11-28", **more: Any) -> Plan:
    """The plan of a stack in East US 2."""
    config = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": on,
        "llama-azure:resourceGroup": f"rg-{stack}",
        "llama-azure:projects": projects,
        **{f"llama-azure:{name}": value for name, value in more.items()},
    }
    return plan(parse_settings(config, "the stack"), subscription=SUBSCRIPTION, stack=stack)


def endpoints(number: int, per_project: int) -> Plan:
    """A stack of so many endpoints: each project has one on managed compute, the others are Foundry deployments."""
    projects: dict[str, Any] = {}
    for index in range(number // per_project):
        projects[f"team-{index:02}"] = {
            "endpoints": {f"chat-{one}": {"model": MODELS[one % 2]} for one in range(per_project - 1)},
            "managed": {
                "bulk": {"deployments": {"blue": {**BULK, "traffic": 90}, "green": {**BULK, "traffic": 10}}},
            },
        }
    return planned("prod", projects, hub={"name": "hub-prod"})


def deployed(made: Plan, but: int = 0) -> StackInputs:
    """A stack whose endpoints are deployed, but for the last ones, and of which everything is known."""
    there = made.endpoints[: len(made.endpoints) - but]
    ids = [
        made.hub.id,
        *(one.id for one in made.projects),
        *(offer.id for one in made.projects for offer in one.offers),
    ]
    if made.foundry is not None:
        ids += [made.foundry.id, *(one.id for one in made.foundry.projects)]
    ids += [one.id for one in there] + [part.id for one in there for part in one.deployments]
    return StackInputs(
        made,
        resources=[{"custom": True, "id": one} for one in ids if one],
        endpoints={one.exported: output(one.exported, one.back_end.value) for one in there},
        guardrails=Judged(Report("guardrails", made.stack, ()), NOW - dt.timedelta(hours=3)),
        preflight=Judged(Report("preflight", made.stack, ()), NOW - dt.timedelta(days=2)),
        meters={one.id.casefold(): Meter(412, 171_000) for one in there[:3]},
        quotas={name.casefold(): (units * 0.9, units) for name, units in made.usage.capacity.items()}
        | {name.casefold(): (cores, cores * 2) for name, cores in made.usage.cores.items()},
        traffic={one.id.casefold(): {"blue": 80, "green": 20} for one in there if one.deployments},
    )


def output(key: str, back_end: str) -> dict[str, Any]:
    """What a stack exports of an endpoint."""
    return {
        "kind": back_end,
        "backend": back_end,
        "model": MODELS[0],
        "project": "team-00",
        "api": "chat",
        "baseUrl": f"https://{key}.eastus2.models.ai.azure.com/v1/",
        "deployment": key,
        "auth": "token",
        "routes": {"chat": f"https://{key}.eastus2.models.ai.azure.com/v1/chat/completions"},
    }


def of_size(number: int) -> tuple[StackInputs, ...]:
    """One environment of one endpoint, or one of thirty or a thousand with changes pending and findings."""
    if number == 1:
        return (deployed(planned("dev", {"assistants": {"endpoints": {"chat": {"model": MODELS[0]}}}})),)
    made = endpoints(number, 6 if number < 100 else 20)
    first, second = made.endpoints[0], made.endpoints[-1]
    closed = Rule("ENDPOINT-NETWORK", "Endpoints are closed to public networks")
    sure = Rule("ENDPOINT-SKU", "The SKU is one of the environment's")
    findings = (
        Finding(
            closed,
            first.logical_name,
            Result.FAIL,
            "publicNetworkAccess is Enabled.",
            "Set publicNetworkAccess to false.",
            blocks=True,
            urn=_urn("OnlineEndpoint", first.logical_name),
        ),
        Finding(
            sure,
            second.logical_name,
            Result.UNKNOWN,
            "sku.name is not known in a preview.",
            urn=_urn("ModelDeployment", second.logical_name),
        ),
    )
    given = deployed(made, but=3)
    assert isinstance(given.endpoints, dict)
    return (
        replace(
            given,
            endpoints=given.endpoints | {"retired-chat": output("retired-chat", "serverless")},
            guardrails=Judged(Report("guardrails", "prod", findings), NOW - dt.timedelta(hours=3)),
        ),
    )


def _urn(component: str, name: str) -> str:
    return f"urn:pulumi:prod::llama-azure::llama-azure:index:{component}::{name}"
