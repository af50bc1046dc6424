"""From a plan to components: everything that one stack describes."""

from llama_azure_core.loading import without_collecting

with without_collecting():
    from llama_azure.estate.build import Estate, build_estate

__all__ = ["Estate", "build_estate"]
