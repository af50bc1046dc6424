"""What the guardrails say of a stack, for a pull request: a comment, SARIF and JUnit, and an exit code.

``policy-report --stack NAME`` previews the stack with the pack; ``--state`` judges what is deployed, or a file.
"""
