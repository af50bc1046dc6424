"""What a secret looks like, by its name and by its value."""

import re

SECRET_NAME = re.compile(r"(?:^|[-_. ])(?:key|token|secret|password|pwd|sas|connection[-_ ]?string)\d?$", re.IGNORECASE)
"""Words that end the name of a secret."""
SECRET_VALUE = re.compile(
    r"^(?:hf_|sk-|gh[pousr]_|eyJ[\w-]+\.eyJ)|AccountKey=|SharedAccessKey=|[?&]sig=", re.IGNORECASE
)
"""What keys begin with or hold, whatever they are called: Hugging Face, OpenAI, GitHub, Azure Storage, a JWT."""
REFERENCE = re.compile(r"^(?:@Microsoft\.KeyVault\(|https://[^/?]+\.vault\.)", re.IGNORECASE)
"""A reference names where a secret lies, and is none."""
_SWITCHES = frozenset({"true", "false", "0", "1"})


def looks_secret(name: str, value: str) -> bool:
    """Whether an environment variable seems to hold a secret; one that switches something on or off holds none."""
    if REFERENCE.search(value) or value.casefold() in _SWITCHES:
        return False
    return bool(SECRET_NAME.search(name) or SECRET_VALUE.search(value))
