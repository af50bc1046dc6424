"""Every number of the page comes from the plan, the state, events, reports or meters: each is changed, and seen."""

import datetime as dt
import json
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from llama_azure_core.plan.calling import call_limits
from llama_azure_core.plan.cost import estimate
from llama_azure_core.prices import money, plain
from llama_azure_page.build import make_page
from llama_azure_page.document import Bar, Change, Changes, Judgement, NotKnown, Page, Price, Tone
from llama_azure_page.inputs import Judged, Meter, StackInputs, Unreadable, read_preview
from llama_azure_page.render import render
from llama_azure_page.topology import picture
from llama_azure_report import Finding, Report, Result, Rule
from tests.support.page_estates import NOW, deployed, endpoints, of_size, planned

HUB = {"name": "hub"}
CHAT = {"model": "Llama-3.3-70B-Instruct"}
STACK = "urn:pulumi:dev::llama-azure::"


def page_of(*stacks: StackInputs | Unreadable) -> Page:
    return make_page(stacks, NOW)


def dev(**more: Any) -> StackInputs:
    return replace(deployed(planned("dev", {"assistants": {"endpoints": {"chat": CHAT}}})), **more)


def event(operation: str, types: str, name: str, **more: Any) -> str:
    return json.dumps({"resourcePreEvent": {"metadata": {"op": operation, "urn": f"{STACK}{types}::{name}", **more}}})


def test_what_is_deployed_as_described_has_nothing_pending() -> None:
    page = page_of(dev())
    assert page.environments[0].changes == Changes(
        source="the settings against the state",
        when=None,
        steps=(),
        note="It tells what is new and what goes; what changes within a resource, a preview tells.",
    )
    assert page.sentence.startswith("1 environment, 1 endpoint; ")
    assert "would" not in page.sentence


def test_what_is_described_and_not_in_the_state_is_new() -> None:
    page = page_of(dev(resources=[]))
    assert page.environments[0].endpoints[0].change is Change.CREATE
    assert "dev would gain 1 endpoint" in page.sentence


def test_what_is_deployed_and_no_longer_described_goes() -> None:
    given = dev()
    assert isinstance(given.endpoints, dict)
    gone = {**given.endpoints["chat"], "project": "retired"}
    page = page_of(replace(given, endpoints={**given.endpoints, "old": gone}))
    found = {one.key: one.change for one in page.environments[0].endpoints}
    assert found == {"chat": None, "old": Change.DELETE}
    assert "dev would lose 1 endpoint" in page.sentence
    assert page.tone is Tone.BAD


def test_a_preview_says_what_happens_to_each_endpoint() -> None:
    given = dev()
    name = given.plan.endpoints[0].logical_name
    component = "llama-azure:index:ModelDeployment"
    lines = [
        "Previewing update (dev)",
        event("same", "pulumi:pulumi:Stack", "llama-azure-dev"),
        event(
            "update",
            f"{component}$azure-native:cognitiveservices:Deployment",
            f"{name}-deployment",
            detailedDiff={"sku.capacity": {"kind": "update"}},
        ),
    ]
    environment = page_of(replace(given, preview=read_preview(lines, NOW))).environments[0]
    assert environment.endpoints[0].change is Change.UPDATE
    assert environment.endpoints[0].steps[0].properties == ("sku.capacity",)
    assert isinstance(environment.changes, Changes)
    assert environment.changes.count(Change.UPDATE) == 1
    assert environment.sentence.endswith("an update would change 1 endpoint.")


@pytest.mark.parametrize(
    ("operation", "change"),
    [("create", Change.CREATE), ("delete", Change.DELETE), ("replace", Change.REPLACE), ("import", Change.UPDATE)],
)
def test_what_happens_to_a_component_happens_to_its_endpoint(operation: str, change: Change) -> None:
    given = dev()
    name = given.plan.endpoints[0].logical_name
    lines = [event(operation, "llama-azure:index:ModelDeployment", name)]
    assert page_of(replace(given, preview=read_preview(lines))).environments[0].endpoints[0].change is change


def test_an_error_of_a_preview_blocks_and_is_shown() -> None:
    said = {"diagnosticEvent": {"severity": "error", "message": "<{%reset%}>the name is taken<{%reset%}>"}}
    page = page_of(dev(preview=read_preview([json.dumps(said)])))
    assert isinstance(page.environments[0].changes, Changes)
    assert page.environments[0].changes.errors == ("the name is taken",)
    assert "1 error blocks an update" in page.sentence
    assert "the name is taken" in render(page)


@pytest.mark.parametrize("part", ["guardrails", "preflight", "meters", "quotas", "traffic", "resources", "endpoints"])
def test_what_nobody_evaluated_says_why(part: str) -> None:
    changes: dict[str, Any] = {part: NotKnown(not_known=f"there is no {part} <here>")}
    given = replace(deployed(endpoints(6, 6)), **changes)
    assert f"there is no {part} &lt;here&gt;" in render(page_of(given))


def test_findings_stand_at_their_endpoint_and_undecided_ones_apart() -> None:
    (given,) = of_size(30)
    environment = page_of(given).environments[0]
    blocked = [one for one in environment.endpoints if one.blocking]
    undecided = [one for one in environment.endpoints if one.undecided]
    assert [one.path for one in blocked] == [given.plan.endpoints[0].path]
    assert [one.path for one in undecided] == [given.plan.endpoints[-1].path]
    assert isinstance(environment.guardrails, Judgement)
    assert (environment.guardrails.blocking, environment.guardrails.undecided) == (1, 1)
    assert "1 finding blocks an update" in environment.sentence


def test_a_finding_of_preflight_stands_at_the_endpoint_whose_setting_it_names() -> None:
    given = dev()
    one = Finding(Rule("PF-QTA-001", "Quota is there"), given.plan.endpoints[0].path, Result.FAIL, "No quota.")
    report = Judged(Report("preflight", "dev", (one,)), NOW - dt.timedelta(hours=5))
    page = page_of(replace(given, preflight=report))
    assert [row.answer for row in page.environments[0].endpoints[0].said] == ["No quota."]
    assert "5 hours ago" in render(page)


def test_a_limit_is_the_facts_and_its_use_the_meters() -> None:
    given = dev()
    one = given.plan.endpoints[0]
    limit = call_limits(one)["tokensPerMinute"]
    page = page_of(replace(given, meters={one.id.casefold(): Meter(7, limit // 2)}))
    bars = {bar.name: bar for bar in page.environments[0].endpoints[0].limits}
    assert (bars["tokens a minute"].used, bars["tokens a minute"].limit) == (limit // 2, limit)
    assert bars["requests a minute"].used == 7
    assert bars["tokens a minute"].share == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("used", "tone"), [(10, Tone.CALM), (80, Tone.NEAR), (100, Tone.BAD), (120, Tone.BAD)])
def test_a_bar_warns_before_its_limit(used: int, tone: Tone) -> None:
    assert Bar(name="x", used=used, limit=100).tone is tone


def test_quota_is_what_azure_says_of_the_counter() -> None:
    given = dev()
    (counter,) = given.plan.usage.capacity
    page = page_of(replace(given, quotas={counter.casefold(): (123.0, 456.0)}))
    (bar,) = page.environments[0].quotas
    assert (bar.used, bar.limit) == (123.0, 456.0)
    assert f"this stack takes {given.plan.usage.capacity[counter]} units" in bar.name


def test_traffic_is_what_azure_says_beside_what_is_wanted() -> None:
    (given,) = of_size(30)
    shares = page_of(given).environments[0].endpoints[0].traffic
    assert [(one.deployment, one.wanted, one.actual) for one in shares] == [("blue", 90, 80), ("green", 10, 20)]


def test_the_countdown_is_the_facts_on_the_date_on_which_models_are_judged() -> None:
    def days(on: str) -> Any:
        made = planned("dev", {"assistants": {"endpoints": {"chat": CHAT}}}, on=on)
        return page_of(deployed(made)).environments[0].endpoints[0].ends

    earlier, later = days("2026-10-01"), days("2026-11-28")
    assert earlier.day == later.day
    assert earlier.days - later.days == (dt.date(2026, 11, 28) - dt.date(2026, 10, 1)).days


def test_a_stack_that_cannot_be_read_says_why_beside_the_others() -> None:
    page = page_of(
        dev(), Unreadable("prod", "stacks/Pulumi.prod.yaml, line 3: no model is called <Lama>", dt.date.today())
    )
    assert page.sentence.startswith("2 environments, 1 endpoint; prod cannot be read")
    assert "no model is called &lt;Lama&gt;" in render(page)


def test_an_estate_of_nothing_is_a_page() -> None:
    assert "No environment is described yet." in render(page_of())


@pytest.mark.parametrize("number", [1, 30, 1000])
def test_every_endpoint_is_on_the_page_and_in_the_picture_once(number: int) -> None:
    page = page_of(*of_size(number))
    html = render(page)
    (environment,) = page.environments
    ids = [one.id for one in environment.endpoints]
    assert len(set(ids)) == len(ids) >= number
    assert all(html.count(f'id="{one}"') == 1 for one in ids)
    drawn = picture(environment)
    named = [node for node in drawn.nodes if node.kind in ("serverless", "managed", "foundry") and node.x > 700]
    assert len(named) + len(drawn.dots) == len(ids)


def test_boxes_of_the_picture_do_not_overlap() -> None:
    for number in (1, 30, 1000):
        drawn = picture(page_of(*of_size(number)).environments[0])
        for index, one in enumerate(drawn.nodes):
            assert one.y >= 0
            assert one.y + one.height <= drawn.height
            for other in drawn.nodes[index + 1 :]:
                beside = one.x + one.width <= other.x or other.x + other.width <= one.x
                above = one.y + one.height <= other.y or other.y + other.height <= one.y
                assert beside or above, (one, other)


def test_the_page_asks_nobody_and_runs_its_own_script_alone() -> None:
    html = unescape(render(page_of(dev())))
    assert "default-src 'none'" in html
    assert "connect-src 'none'" in html
    assert "src=" not in html.replace("data-src=", "")
    assert html.count("<script>") == 1


def test_the_document_is_read_back_as_it_was() -> None:
    page = page_of(*of_size(30))
    assert Page.model_validate_json(page.model_dump_json(by_alias=True)) == page


def test_a_price_is_the_list_prices_and_one_that_is_not_known_is_no_number() -> None:
    given = dev()
    (cost,) = estimate(given.plan).endpoints
    assert cost.tokens.input is not None
    assert cost.tokens.output is not None
    price = page_of(given).environments[0].endpoints[0].price
    sent, got = plain(cost.tokens.input.per_million), plain(cost.tokens.output.per_million)
    assert isinstance(price, Price)
    assert price.told == f"{sent} / {got} USD per 1M tokens"
    old = deployed(
        planned("old", {"old": {"serverless": [{"model": "Meta-Llama-3-8B-Instruct"}]}}, "2024-07-01", hub=HUB)
    )
    unknown = page_of(old).environments[0].endpoints[0].price
    assert unknown == NotKnown(not_known=estimate(old.plan).endpoints[0].unknown)


def test_a_dearer_price_list_is_a_dearer_page(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dev()
    real = estimate(given.plan)
    dearer = replace(real, fixed=real.fixed + 1000)
    monkeypatch.setattr("llama_azure_page.costs.estimate", lambda _plan: dearer)
    cost = page_of(given).environments[0].cost
    assert isinstance(cost, Price)
    assert cost.told == f"{money(dearer.total, 'USD')} a month"


def test_what_is_pending_says_what_it_adds_to_the_cost() -> None:
    changes = page_of(dev(resources=[])).environments[0].changes
    assert isinstance(changes, Changes)
    assert changes.cost.startswith("no new fixed cost; chat ")
    assert changes.cost.endswith("USD per 1M tokens")
