"""What starts with each preview and update loads no more than it needs."""

import subprocess
import sys

import pytest
from pulumi.runtime.rpc import UNKNOWN

import llama_azure
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.provider import types


def printed(program: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_the_plugin_leaves_pulumis_sdk_out_but_for_the_messages() -> None:
    loaded = printed(
        "import sys\n"
        "from llama_azure_sandbox.provider.__main__ import _leave_out_the_sdk\n"
        "_leave_out_the_sdk()\n"
        "import llama_azure_sandbox.provider.servicer\n"
        "print(*sorted(name for name in sys.modules if name.startswith('pulumi') and 'proto' not in name))"
    )
    assert loaded.split() == ["pulumi", "pulumi.runtime"]
    assert types.UNKNOWN == UNKNOWN


def test_the_plugin_loads_no_pydantic() -> None:
    loaded = printed(
        "import sys\n"
        "from llama_azure_sandbox.provider.__main__ import _leave_out_the_sdk\n"
        "_leave_out_the_sdk()\n"
        "from llama_azure_sandbox.provider import servicer, types\n"
        "limits = types.resource_row('azure-native:machinelearningservices:Workspace').every_limit\n"
        "print(len(limits), 'pydantic' in sys.modules)\n"
        "import llama_azure_access\n"
        "print('pydantic' in sys.modules)"
    )
    assert loaded.split() == ["1", "False", "False"]


def test_the_plugin_trusts_the_sandboxs_own_authority_alone() -> None:
    trusted = printed(
        "import os, pathlib, tempfile\n"
        "from llama_azure_sandbox.provider.__main__ import _trust_the_sandbox_alone\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "for name in ('ca.pem', 'company.pem'): (folder / name).touch()\n"
        "for name in ('ca-bundle.pem', 'company.pem'):\n"
        "    os.environ['REQUESTS_CA_BUNDLE'] = str(folder / name)\n"
        "    _trust_the_sandbox_alone()\n"
        "    print(pathlib.Path(os.environ['REQUESTS_CA_BUNDLE']).name)"
    )
    assert trusted.split() == ["ca.pem", "company.pem"]


@pytest.mark.parametrize("loaded", ["import llama_azure.estate", "from llama_azure import AiHub"])
def test_the_garbage_collector_need_not_look_at_what_stays(loaded: str) -> None:
    assert int(printed(f"import gc; {loaded}; print(gc.get_freeze_count())")) > 40_000


@pytest.mark.parametrize("stack", ["own_stack", "foundry_stack", "fronted_stack"])
def test_a_program_leaves_the_sdk_of_azure_out(stack: str) -> None:
    loaded = printed(
        "import sys\n"
        "from llama_azure.estate import build_estate\n"
        "from llama_azure_core.settings import parse_settings\n"
        "from tests.support import whole_stack\n"
        "from tests.unit.components.recording import record\n"
        f"settings = parse_settings(whole_stack.config_of(whole_stack.{stack}()), 'f')\n"
        "monitor, _ = record(lambda: build_estate(settings))\n"
        "print(len(monitor.requests), *(one for one in sys.modules if one.startswith('pulumi_azure_native')))"
    )
    assert loaded.isdecimal(), loaded
    assert int(loaded) > 20


def test_the_program_asks_its_first_question_before_it_loads_anything_else() -> None:
    program = (PROJECT_ROOT / "__main__.py").read_text(encoding="utf-8")
    before, asked, after = program.partition("\nask_early()")
    heavy = "pydantic", "llama_azure_core.settings", "llama_azure_core.plan"
    assert printed(f"import sys\n{before}\nprint(*(one for one in {heavy} if one in sys.modules))") == ""
    assert asked
    assert "build_estate" in after


def test_the_policy_pack_leaves_out_the_settings_and_everything_of_azure_and_the_components() -> None:
    loaded = printed(
        "import sys\n"
        "from llama_guardrails import RULES, pack\n"
        "pack.Analyzer(RULES).GetAnalyzerInfo(None, None)\n"
        "heavy = ('llama_azure_core.settings', 'llama_azure_core.plan', 'llama_azure', 'llama_azure_access', 'azure',"
        " 'pulumi_azure_native', 'requests', 'httpx', 'jsonschema')\n"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    assert loaded == ""


def test_the_dynamic_providers_leave_the_sdk_of_azure_out() -> None:
    loaded = printed(
        "import sys, llama_azure._account_writes, llama_azure._endpoint_traffic\n"
        "print(*(name for name in sys.modules if name.startswith('pulumi_azure_native')))"
    )
    assert loaded == ""


def test_every_component_is_there_by_its_name() -> None:
    for name in llama_azure.__all__:
        assert isinstance(getattr(llama_azure, name), type), name
    with pytest.raises(AttributeError, match="has no attribute 'AiHubb'"):
        _ = llama_azure.AiHubb
