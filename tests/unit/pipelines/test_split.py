"""What a split works out before it moves anything, and how parts are deployed."""

from pathlib import Path

import pytest

from llama_azure_core.settings import Project
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.say import say, side_by_side
from llama_azure_pipelines.steps.split import dealt, write_stacks

FILE = """\
# Who reads this file?
config:
  # where
  azure-native:location: eastus2
  llama-azure:resourceGroup: rg-llama   # ours
  llama-azure:hub: { name: hub-llama }
encryptionsalt: v1:x
"""


def test_projects_are_dealt_out_by_name_in_turns() -> None:
    assert dealt({"c", "a", "b"}, "prod", 2) == {"prod-1": ("a", "c"), "prod-2": ("b",)}
    for into in (0, 4):
        with pytest.raises(StepError, match="prod has 3 projects to deal out: --into is a number from 1 to that"):
            dealt({"c", "a", "b"}, "prod", into)


@pytest.mark.parametrize("times", [1, 2])
def test_the_stacks_are_written_into_the_file_and_nothing_else_of_it_changes(tmp_path: Path, times: int) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\n", encoding="utf-8")
    (tmp_path / "Pulumi.prod.yaml").write_text(FILE, encoding="utf-8")
    for number in range(times):
        write_stacks(Project(tmp_path).stack("prod"), {"prod-1": ("0451", "b"), f"prod-{number + 2}": ("on",)})
    text = (tmp_path / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    section = f"  llama-azure:stacks:\n    prod-1: ['0451', b]\n    prod-{times + 1}: ['on']\n"
    assert text == FILE.replace("config:\n", f"config:\n{section}")


def test_one_that_fails_hides_none_of_those_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    def work(name: str) -> None:
        say(f"begun\n{name}")
        if name != "b":
            raise StepError(f"{name} is broken")

    assert side_by_side(["a", "b", "c"], work, 2) == {"a": "a is broken", "c": "c is broken"}
    told = capsys.readouterr().out.splitlines()
    assert sorted(told) == sorted(line for name in "abc" for line in (f"{name} | begun", f"{name} | {name}"))
