"""The engine's home and state in a sandbox, made ready before it runs."""

import click

from sandbox.home import SandboxHome
from sandbox.provider.install import install_plugin
from sandbox.stale_locks import release_stale_locks


def prepare_engine(home: SandboxHome) -> None:
    """Put the plugin in place, and take away the locks of killed engines."""
    install_plugin(home)
    home.pulumi_state.mkdir(mode=0o700, parents=True, exist_ok=True)
    for pid in release_stale_locks(home.pulumi_state):
        click.echo(f"sandbox: took away the stack lock of pulumi process {pid}, which was killed", err=True)
