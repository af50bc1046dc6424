"""The engine's home and state in a sandbox, made ready before it runs."""

import json
import os
import shlex
import socket
import sys
from importlib.metadata import version
from pathlib import Path

import click

from llama_azure_sandbox.home import SandboxHome


def prepare_engine(home: SandboxHome) -> None:
    """Put the plugin in place, and take away what killed engines left on the stacks."""
    home.pulumi_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    install_plugin(home)
    home.pulumi_state.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_side_files(home.pulumi_state)
    for pid in release_stale_locks(home.pulumi_state):
        click.echo(f"sandbox: took away the stack lock of pulumi process {pid}, which was killed", err=True)


def backend_url(state: Path) -> str:
    """Return the URL of the engine's file backend in a folder: one that keeps nothing in files beside a stack's own."""
    return f"file://{state}?metadata=skip"


def remove_side_files(state: Path) -> None:
    """Remove what a file backend of another URL has written beside its files.

    A backend without ``metadata=skip`` keeps a content type and a checksum of each file in ``<file>.attrs``, which
    nobody needs. An engine that is killed while it writes one leaves it empty, and then no command on any stack of that
    backend works: ``failed to load checkpoint: EOF``.
    """
    for path in state.glob(".pulumi/**/*.attrs"):
        path.unlink(missing_ok=True)


def release_stale_locks(state: Path) -> list[int]:
    """Remove the locks in a file backend whose engines ran on this machine and are gone.

    An engine that is killed cannot take its lock away, and the next one refuses to start. On one machine it can be
    known that the process is gone; its lock then protects nothing.

    Args:
        state: the backend's folder.

    Returns:
        The process ids of those engines.
    """
    released = []
    for path in state.glob(".pulumi/locks/**/*.json"):
        try:
            lock = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # it went away, or is just being written
            continue
        if lock["hostname"] == socket.gethostname() and not _runs(lock["pid"]):
            path.unlink(missing_ok=True)
            released.append(lock["pid"])
    return released


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
