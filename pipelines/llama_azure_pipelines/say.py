"""What the steps tell the reader of a log."""

import click


def say(text: str) -> None:
    """Print a line."""
    click.echo(text)
