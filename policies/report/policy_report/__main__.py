"""``python -m policy_report``: the same as the command ``policy-report``."""

from policy_report.cli import main

main()
