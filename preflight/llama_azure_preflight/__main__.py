"""``python -m preflight``."""

from llama_azure_preflight.cli import main

main()
