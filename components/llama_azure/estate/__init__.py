"""From a plan to components: everything that one stack describes."""

import gc

from llama_azure.estate.build import Estate, build_estate

__all__ = ["Estate", "build_estate"]

gc.freeze()  # as where a component is loaded by its name
