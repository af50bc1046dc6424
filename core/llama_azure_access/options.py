"""The settings of azure-native: a stack's configuration first, then the environment."""

from collections.abc import Mapping
from typing import Any, Protocol


class AccessError(Exception):
    """No cloud, no sign-in, or no answer; the message is a sentence for a person and holds no secret."""


# Who signs in is said beside these: whatever proves it, it is the same principal.
_PROOFS = frozenset({"clientSecret", "clientCertificatePassword", "oidcToken", "oidcRequestToken"})


class Configuration(Protocol):
    """A stack's configuration by full key: a mapping, or what Pulumi hands to a dynamic provider."""

    def get(self, key: str, /) -> Any:
        """Return a value, or ``None``."""


class Options:
    """What azure-native reads, by its own names: ``clientId`` is ``azure-native:clientId`` or ``ARM_CLIENT_ID``."""

    def __init__(self, environ: Mapping[str, str], config: Configuration) -> None:
        self._environ = environ
        self._config = config

    def get(self, name: str, *variables: str) -> str:
        """Return a setting; empty where there is none. As for azure-native an empty one in the stack counts.

        Raises:
            AccessError: it is encrypted in the stack's file.
        """
        value = self._config.get(f"azure-native:{name}")
        # A mapping, or pydantic's SecretStr: whoever has none of those has not loaded pydantic, and need not for this.
        is_encrypted = isinstance(value, dict) or hasattr(value, "get_secret_value")
        said = next((self._environ[one] for one in variables if self._environ.get(one)), "")
        if value is None or (is_encrypted and said and name in _PROOFS):
            return said
        if is_encrypted:
            remedy = f"set {variables[0]} to it" if name in _PROOFS else "it is not a secret; write it in clear"
            raise AccessError(f"azure-native:{name} is encrypted in the stack's file and cannot be read here: {remedy}")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def variable(self, name: str) -> str:
        """Return a variable that azure-native does not read; empty where it is not set."""
        return self._environ.get(name, "")

    def is_true(self, name: str, variable: str) -> bool:
        """Whether a setting is ``true``: azure-native takes no other word for it, not ``1`` and not ``yes``."""
        return self.get(name, variable) == "true"

    def source(self, name: str, *variables: str) -> str:
        """Return where a setting is said, for messages."""
        if self._config.get(f"azure-native:{name}") is not None:
            return f"azure-native:{name}"
        return next((one for one in variables if self._environ.get(one)), variables[0])
