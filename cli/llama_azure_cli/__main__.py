"""``python -m llama_azure_cli``."""

from llama_azure_cli.main import main

main()
