"""The ``sandbox principal`` commands: who may sign in, beside the owner."""

import click

from llama_azure_sandbox.addresses import OIDC_ISSUER_PATH
from llama_azure_sandbox.client.principals import add_principal, principals, remove_principal
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import FederatedCredential
from llama_azure_sandbox.identity.principals import DEFAULT_AUDIENCE
from llama_azure_sandbox.process import running


@click.group("principal")
def principal_group() -> None:
    """Add, list and remove those who may sign in; the owner is there from the start."""


@principal_group.command("add")
@click.argument("name")
@click.option("--role", help="The name of a built-in or custom role to assign.")
@click.option(
    "--scope", help="Where the role is assigned: an ARM id, or resourceGroups/….  [default: the subscription]"
)
@click.option("--user", is_flag=True, help="Add a user instead of a service principal.")
@click.option("--subject", "subjects", multiple=True, help="Accept tokens for it; see `sandbox oidc-token`.")
@click.option("--issuer", help="The issuer of those tokens.  [default: the sandbox's own]")
def add_command(
    name: str, role: str | None, scope: str | None, user: bool, subjects: tuple[str, ...], issuer: str | None
) -> None:
    """Add a principal and print its ids and, this once, its client secret."""
    home = SandboxHome.locate()
    record = running(home)
    own_issuer = "" if record is None else f"{record.base_url}{OIDC_ISSUER_PATH}"
    credentials = [FederatedCredential(issuer or own_issuer, subject, DEFAULT_AUDIENCE) for subject in subjects]
    added = add_principal(home, name, role=role, scope=scope, federated=credentials, user=user)
    click.echo(f"client id   {added.client_id}\nobject id   {added.object_id}\nsecret      {added.secret}")
    click.echo(f'to be it: eval "$(sandbox env --principal {name})"', err=True)


@principal_group.command("list")
def list_command() -> None:
    """Print every principal and its roles."""
    for one in principals(SandboxHome.locate()):
        click.echo(f"{one['name']:<16} {one['type']:<16} client {one['clientId']}  object {one['objectId']}")
        for held in one["roles"]:
            click.echo(f"{'':<16} {held['role']} at {held['scope']}")


@principal_group.command("remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Remove a principal, its roles and its secret."""
    remove_principal(SandboxHome.locate(), name)
    click.echo(f"removed {name}")
