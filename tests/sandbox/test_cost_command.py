"""``llama-azure cost`` on a stack in the sandbox: the estimate by its file, and what it consumed there."""

import datetime as dt
import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner

from llama_azure_cli.main import cli
from llama_azure_core.prices import money, price_list
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.process import running, trusting
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.data_plane import calling, deploy
from tests.support.estates import make_project, workspace
from tests.support.foundry import LLAMA, deploy_model, make_account
from tests.support.homes import open_home

AS_OF = dt.date(2026, 3, 10)
GROUP, ACCOUNT, SIZE = "rg-cost", "ai-cost", "Standard_NC24ads_A100_v4"
QUESTION = {"messages": [{"role": "user", "content": "How far is the moon?"}], "max_tokens": 20}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("cost"), Latency.NONE, AS_OF) as home:
        yield home


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose stack `team` names what lies in the sandbox, and whose stack `new` what does not."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\n", encoding="utf-8")
    machines = {"model": "Meta-Llama-3-8B", "vmSize": SIZE, "instances": 2, "traffic": 100}
    team = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": str(AS_OF),
        "llama-azure:resourceGroup": GROUP,
        "llama-azure:tags": {"owner": "platform"},
        "llama-azure:hub": {"existing": f"{SUBSCRIPTION}{workspace(GROUP, 'hub')}"},
        "llama-azure:foundry": {"name": ACCOUNT},
        "llama-azure:projects": {
            "sold": {
                "existing": f"{SUBSCRIPTION}{workspace(GROUP, 'project')}",
                "serverless": [{"model": LLAMA, "name": "sold"}],
            },
            "own": {
                "existing": f"{SUBSCRIPTION}{workspace(GROUP, 'own')}",
                "endpoints": {
                    "chat": {
                        "model": LLAMA,
                        "backEnd": "foundry",
                        "expectedTokensPerDay": {"input": 10_000_000, "output": 2_000_000},
                    }
                },
                "managed": {"batch": {"deployments": {"blue": machines}}},
            },
        },
    }
    new = {**team, "llama-azure:resourceGroup": "rg-not-there", "llama-azure:hub": {"name": "hub-new"}}
    new["llama-azure:projects"] = {"sold": {"serverless": [{"model": LLAMA, "name": "new"}]}}
    del new["llama-azure:foundry"]
    account = f"{SUBSCRIPTION}/resourceGroups/rg-elsewhere/providers/Microsoft.CognitiveServices/accounts/{ACCOUNT}"
    apart = {**team, "llama-azure:foundry": {"existing": account}}
    for name, config in (("team", team), ("new", new), ("apart", apart)):
        text = yaml.safe_dump({"config": config})
        (folder / f"Pulumi.{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def spent(home: SandboxHome, arm: Arm, folder: Path) -> dict[str, dict[str, int]]:
    """What the answers of both endpoints said of their tokens."""
    foundry = make_account(arm, GROUP, ACCOUNT)
    deploy_model(arm, GROUP, ACCOUNT, "chat")
    make_project(arm, GROUP)
    endpoint = deploy(arm, GROUP, "sold", LLAMA)
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        sold = caller.post("/v1/chat/completions", QUESTION).json()["usage"]
    with httpx.Client(verify=trusting(home), trust_env=False) as http:
        url, body = f"{foundry['uri']}/openai/v1/chat/completions", {**QUESTION, "model": "chat"}
        own = http.post(url, json=body, headers={"api-key": foundry["key1"]}).json()["usage"]
    period = {"startDate": f"{AS_OF.replace(day=1)}T00:00:00Z"}
    budget = {"category": "Cost", "amount": 100, "timeGrain": "Monthly", "timePeriod": period}
    path = f"/resourceGroups/{GROUP}/providers/Microsoft.Consumption/budgets/monthly"
    assert arm.call("PUT", path, {"properties": budget}).is_success
    return {"sold": sold, "own": own}


def cost(home: SandboxHome, folder: Path, *arguments: str, principal: str = OWNER_NAME, stack: str = "team") -> Any:
    record = running(home)
    assert record is not None
    values = client_environment(home, record, Path("/nonexistent"), os.environ, principal)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in values.items():
            patch.setenv(name, value)
        result = CliRunner().invoke(cli, ["cost", "--stack", stack, *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def document(home: SandboxHome, folder: Path, *arguments: str, **options: Any) -> Any:
    result = cost(home, folder, "--json", *arguments, **options)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def million(side: str) -> Decimal:
    price = price_list().price(f"tokens/foundry/GlobalStandard/{LLAMA}/{side}", "eastus2")
    assert price is not None
    return price.per_million


def test_the_estimate_tells_tokens_machines_and_what_is_not_known(home: SandboxHome, folder: Path) -> None:
    told = cost(home, folder, "--no-consumption")
    assert told.exit_code == 0
    expected = Decimal(730) / 24 * (10 * million("input") + 2 * million("output"))
    assert f"{money(expected, 'USD')} for the expected tokens" in told.stdout
    assert f"2 x {SIZE}" in told.stdout
    assert "no price is known in eastus2; in eastus it is 5,362.58 USD a month" in told.stdout
    assert "a month has 730 hours" in told.stdout
    assert "Consumed" not in told.stdout


def test_the_estimate_is_json_in_which_nothing_unknown_is_a_number(home: SandboxHome, folder: Path) -> None:
    found = document(home, folder, "--no-consumption")
    machines = next(one for one in found["estimate"]["lines"] if one["meter"] == f"vm/{SIZE}")
    assert (machines["monthly"], machines["price"], machines["quantity"]) == (None, None, "2")
    assert found["consumption"]["notKnown"] == "not asked"


def test_another_price_list_is_taken(home: SandboxHome, folder: Path, tmp_path: Path) -> None:
    content = json.loads(price_list().model_dump_json(by_alias=True))
    row = {"region": "eastus2", "amount": 4, "unit": "1 Hour", "seen": "2026-03-01", "source": ["S280"]}
    content["meters"][f"vm/{SIZE}"]["prices"] = [{**row, "confidence": "observed"}]
    file = tmp_path / "prices.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    found = document(home, folder, "--no-consumption", "--prices", str(file))
    assert Decimal(found["estimate"]["monthly"]["fixed"]) == 4 * 2 * 730
    file.write_text("meters: {}", encoding="utf-8")
    refused = cost(home, folder, "--prices", str(file))
    assert (refused.exit_code, "is not a price list" in refused.stderr) == (3, True)


def test_what_was_consumed_is_told_by_project_and_offer_the_marketplace_apart(
    home: SandboxHome, folder: Path, spent: dict[str, dict[str, int]]
) -> None:
    found = document(home, folder, "--no-estimate")["consumption"]
    projects = {one["name"]: one for one in found["by"]["project"]}
    assert projects.keys() == {"sold", "own"}
    own = spent["own"]["prompt_tokens"] * million("input") + spent["own"]["completion_tokens"] * million("output")
    assert Decimal(projects["own"]["cost"]["USD"]) == pytest.approx(own / 1_000_000)
    assert projects["own"]["marketplace"] == {}
    assert projects["sold"]["marketplace"] == projects["sold"]["cost"]
    assert {one["name"] for one in found["by"]["offer"]} > {LLAMA}
    assert found["total"]["unknownCost"] == []
    quantities = [Decimal(one["quantity"]) for one in projects["own"]["quantities"]]
    assert sum(quantities) == pytest.approx(Decimal(spent["own"]["total_tokens"]) / 1000)


def test_budgets_stand_beside_what_is_spent_and_what_is_estimated(home: SandboxHome, folder: Path, spent: Any) -> None:
    (budget,) = document(home, folder)["consumption"]["budgets"]
    assert (budget["name"], float(budget["amount"]), budget["currency"]) == ("monthly", 100.0, "USD")
    assert Decimal(budget["spent"]) > 0
    told = cost(home, folder).stdout
    assert "Budget monthly: 100 monthly, " in told
    assert "a month is estimated at" in told


@pytest.mark.parametrize(("way", "names"), [("tag=owner", {"(not told)"}), ("resource", None), ("meter", None)])
def test_consumption_is_put_together_in_other_ways(
    home: SandboxHome, folder: Path, spent: Any, way: str, names: set[str] | None
) -> None:
    found = document(home, folder, "--no-estimate", "--by", way)["consumption"]["by"]
    assert found.keys() == {way}
    told = {one["name"] for one in found[way]}
    assert told == names if names is not None else len(told) >= 2


@pytest.mark.parametrize(("period", "count"), [(["--from", "2026-03-11"], 0), (["--to", "2026-03-09"], 0),
                                               (["--from", "2026-03-10", "--to", "2026-03-10"], 2)])  # fmt: skip
def test_a_time_is_chosen_by_its_first_and_last_day(
    home: SandboxHome, folder: Path, spent: Any, period: list[str], count: int
) -> None:
    found = document(home, folder, "--no-estimate", *period)["consumption"]
    assert len(found["by"]["project"]) == count


def test_an_unknown_price_is_told_and_in_no_sum(home: SandboxHome, folder: Path, spent: Any) -> None:
    key = f"tokens/foundry/GlobalStandard/{LLAMA}/input"
    change_world(home, retailPrices={key: {"everywhere": None}})
    try:
        found = document(home, folder, "--no-estimate")["consumption"]
        own = next(one for one in found["by"]["project"] if one["name"] == "own")
        assert own["unknownCost"] == [price_list().meters[key].meter]
        told = cost(home, folder, "--no-estimate").stdout
        assert "and unknown" in told
        assert f"unknown: the cost of {price_list().meters[key].meter}" in told
    finally:
        change_world(home, retailPrices={})


def test_a_stack_that_is_not_deployed_has_an_estimate_and_no_consumption(home: SandboxHome, folder: Path) -> None:
    told = cost(home, folder, stack="new")
    assert told.exit_code == 0
    assert "none: rg-not-there is not there, so nothing is deployed" in told.stdout
    wanted = cost(home, folder, "--consumption", stack="new")
    assert (wanted.exit_code, "rg-not-there is not there" in wanted.stderr) == (3, True)


def test_a_group_that_tells_nothing_is_named_beside_what_others_tell(
    home: SandboxHome, folder: Path, spent: Any
) -> None:
    found = document(home, folder, "--no-estimate", stack="apart")["consumption"]
    assert found["missing"] == ["none: rg-elsewhere is not there, so nothing is deployed"]
    assert found["by"]["project"]
    assert "rg-elsewhere is not there" in cost(home, folder, "--no-estimate", stack="apart").stdout


def test_whoever_may_not_read_costs_gets_the_estimate_and_azures_words(
    home: SandboxHome, folder: Path, spent: Any
) -> None:
    add_principal(home, "no-costs")
    told = cost(home, folder, principal="no-costs")
    assert told.exit_code == 0
    assert f"not told of {GROUP}: " in told.stdout
    assert "Microsoft.Consumption/usageDetails/read" in told.stdout
    assert "Traceback" not in told.output


def test_azure_that_fails_leaves_the_estimate(home: SandboxHome, folder: Path, spent: Any) -> None:
    add_fault(home, "server-error", plane="arm", status=501)
    try:
        told = cost(home, folder)
    finally:
        clear_faults(home)
    assert told.exit_code == 0
    assert "for the expected tokens" in told.stdout
    assert f"not told of {GROUP}: " in told.stdout


@pytest.mark.parametrize("wrong", [["--by", "colour"], ["--by", "tag="], ["--from", "yesterday"]])
def test_a_wrong_option_is_told(home: SandboxHome, folder: Path, wrong: list[str]) -> None:
    told = cost(home, folder, *wrong)
    assert told.exit_code == 2
    assert wrong[1] in told.stderr
