"""A stack's configuration as the engine hands it over: every value a text, for whoever reads it.

It is apart from the settings so that the policy pack, which asks for three values, does without their models.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

NAMESPACE = "llama-azure"
"""The configuration namespace of the settings; also the Pulumi project's name."""

LOCATION_KEY = "azure-native:location"

_ENGINE_DATE = re.compile(r"(\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d(\.\d+)? [-+]\d{4} \S+")


def engine_date(text: str) -> str | None:
    """Return the day, as ISO 8601 writes it, of a date that the engine read without quotes; ``None`` for any other."""
    found = _ENGINE_DATE.fullmatch(text)
    return None if found is None else found[1]


def to_date(value: object) -> dt.date:
    """Return a date as a stack's file may have it: a text, or without quotes, as the engine then reads it.

    Raises:
        ValueError: it is not a date.
    """
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(engine_date(value) or value)
        except ValueError:
            pass
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError(f'{value!r} is not a date: write it as "2024-07-01"')


def raw_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings by their key in the file, without what is not set."""
    prefix = f"{NAMESPACE}:"
    values = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    if LOCATION_KEY in config:
        values["location"] = config[LOCATION_KEY]
    # The engine hands an empty value on as an empty text.
    return {key: value for key, value in values.items() if value is not None and value != ""}


def from_json(value: Any) -> Any:
    """Return what a text of JSON holds; any other value, and a text that is none, as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value  # which the settings then refuse, and show
