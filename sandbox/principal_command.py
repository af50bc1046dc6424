"""The ``sandbox principal`` commands: who may sign in, beside the owner."""

import click

from sandbox.home import SandboxHome
from sandbox.identity.principals import FederatedCredential
from sandbox.principal_client import add_principal, principals, remove_principal

_AUDIENCE = "api://AzureADTokenExchange"


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
@click.option(
    "--federated",
    nargs=2,
    multiple=True,
    metavar="ISSUER SUBJECT",
    help=f"Accept tokens of an issuer for a subject, with the audience {_AUDIENCE}.",
)
def add_command(
    name: str, role: str | None, scope: str | None, user: bool, federated: tuple[tuple[str, str], ...]
) -> None:
    """Add a principal and print its ids and, this once, its client secret."""
    home = SandboxHome.locate()
    credentials = [FederatedCredential(issuer, subject, _AUDIENCE) for issuer, subject in federated]
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
