"""Azure's limits on what this project deploys (``facts/limits.yaml``), by name."""

from collections.abc import Mapping
from functools import cache

from llama_azure_core._facts import load_facts


@cache
def limits() -> Mapping[str, int]:
    """Return every limit that is a whole number, by its name in the file: ``endpointsPerRegion``, say."""
    found: dict[str, int] = {}
    for name, entry in load_facts("limits").items():
        rows = entry.items() if isinstance(entry, dict) else [(name, entry)]
        found |= {key: value for key, value in rows if isinstance(value, int)}
    return found
