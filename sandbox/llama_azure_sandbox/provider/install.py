"""Putting the stand-in where the sandbox's engine looks for azure-native: in the sandbox's own Pulumi home."""

import shlex
import sys
from importlib.metadata import version
from pathlib import Path

from llama_azure_sandbox.home import SandboxHome


def install_plugin(home: SandboxHome) -> Path:
    """Write the plugin's launcher, for the version of pulumi-azure-native that is installed. Returns its path."""
    plugin_version = version("pulumi-azure-native")
    folder = home.pulumi_home / "plugins" / f"resource-azure-native-v{plugin_version}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    launcher = folder / "pulumi-resource-azure-native"
    text = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m llama_azure_sandbox.provider "$@"\n'
    if not launcher.exists() or launcher.read_text(encoding="utf-8") != text:
        launcher.write_text(text, encoding="utf-8")
        launcher.chmod(0o755)
    return launcher
