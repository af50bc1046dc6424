"""The tests that need the SDK for policies, in the environment that has it."""

import subprocess

from llama_azure_sandbox.home import PROJECT_ROOT

PYTHON = PROJECT_ROOT / ".venv-policy-sdk" / "bin" / "python"
FOLDER = "tests/policy/sdk"


def test_the_rules_as_policies_of_the_sdk_find_what_the_pack_finds() -> None:
    assert PYTHON.exists(), f"{PYTHON} is not there; run `make policy-sdk`"
    command = [str(PYTHON), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--confcutdir", FOLDER, FOLDER]
    answer = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
