"""The settings of the world: shown, changed, kept, and closed to strangers."""

import json

import httpx
import pytest

from llama_azure_sandbox.addresses import ADMIN_HEADER, CLOCK_PATH, WORLD_PATH
from llama_azure_sandbox.client.world import advance_clock, change_world, world_settings
from llama_azure_sandbox.home import ADMIN_SECRET, SandboxHome
from llama_azure_sandbox.process import SandboxError, StartOptions, running, start, stop, trusting
from tests.support.workbench import sandbox_command


def test_what_is_changed_is_kept_over_a_restart(home: SandboxHome) -> None:
    change_world(home, subscriptionKind="Student", coreQuotas={"eastus2/standardNCADSA100v4Family": 24})
    stop(home)
    start(home, StartOptions())
    settings = world_settings(home)
    assert settings["subscriptionKind"] == "Student"
    assert settings["coreQuotas"] == {"eastus2/standardNCADSA100v4Family": 24}


def test_the_clock_moves_the_date_and_only_forwards(home: SandboxHome) -> None:
    assert world_settings(home)["asOf"] == "2024-07-01"
    assert advance_clock(home, seconds=31 * 86400)["asOf"] == "2024-08-01"
    with pytest.raises(SandboxError, match="not negative"):
        advance_clock(home, seconds=-1)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"billingCountry": "Japan"}, "billingCountry"),
        ({"subscriptionKind": "Gold"}, "subscriptionKind"),
        ({"x": 1}, "x"),
    ],
)
def test_a_setting_that_is_none_is_named(home: SandboxHome, changes: dict[str, object], named: str) -> None:
    with pytest.raises(SandboxError, match=f"^{named}: "):
        change_world(home, **changes)


def test_the_command_shows_sets_and_advances(home: SandboxHome) -> None:
    assert sandbox_command(home, "world", "set", "billingCountry=SE", "paymentMethod=false").returncode == 0
    shown = json.loads(sandbox_command(home, "world", "show").stdout)
    assert (shown["billingCountry"], shown["paymentMethod"]) == ("SE", False)
    assert "2024-" in sandbox_command(home, "world", "advance", "--hours", "1").stdout
    mistake = sandbox_command(home, "world", "set", "billingCountry")
    assert mistake.returncode == 1
    assert mistake.stderr.startswith("sandbox: 'billingCountry' is not a setting; write it as NAME=VALUE")


@pytest.mark.parametrize(("method", "path"), [("GET", WORLD_PATH), ("PATCH", WORLD_PATH), ("POST", CLOCK_PATH)])
def test_who_cannot_read_the_home_cannot_change_the_world(home: SandboxHome, method: str, path: str) -> None:
    record = running(home)
    assert record is not None
    with httpx.Client(base_url=record.base_url, verify=trusting(home), trust_env=False) as client:
        for headers in ({}, {ADMIN_HEADER: f"{home.secret(ADMIN_SECRET)}x"}):
            assert client.request(method, path, json={}, headers=headers).status_code == 403
