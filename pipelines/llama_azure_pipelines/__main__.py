"""Run a step: ``python -m llama_azure_pipelines STEP``."""

from llama_azure_pipelines.cli import main

main()
