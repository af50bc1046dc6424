"""Diagnostic settings."""

from collections.abc import Mapping

from llama_guardrails.view import Resource


def keeps_logs(setting: Resource) -> bool:
    """Whether a diagnostic setting sends any logs."""
    return any(isinstance(log, Mapping) and log.get("enabled") is True for log in setting.whole("logs") or ())
