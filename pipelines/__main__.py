"""Run a step: ``python -m pipelines STEP``."""

from llama_azure_pipelines.cli import main

main()
