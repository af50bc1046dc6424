"""Run a step: ``python -m pipelines STEP``."""

from pipelines.cli import main

main()
