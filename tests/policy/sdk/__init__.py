"""What needs the SDK for policies: run in .venv-policy-sdk, by tests/policy/test_sdk.py."""
