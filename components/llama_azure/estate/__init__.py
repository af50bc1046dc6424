"""From settings to components: everything that one stack describes."""

from llama_azure.estate.build import build_estate
from llama_azure.estate.outputs import Estate

__all__ = ["Estate", "build_estate"]
