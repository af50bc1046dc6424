"""The address of an upstream on the command line."""

from urllib.parse import urlsplit

import click

KEY_VARIABLE = "SANDBOX_UPSTREAM_KEY"
"""The environment variable with the upstream's key, if it wants one; keys never go on a command line."""

_NONE = "none"


class UpstreamUrl(click.ParamType[str]):
    """A web address without credentials, or the word ``none``, which becomes the empty string."""

    name = "url"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address."""
        text = str(value)
        if text in (_NONE, ""):
            return ""
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self.fail(f"{text!r} is not a web address; write it as http://127.0.0.1:11434, or none", param, ctx)
        if parts.username or parts.password or parts.query:
            self.fail(f"an address holds no credentials; put the key into {KEY_VARIABLE}", param, ctx)
        return text
