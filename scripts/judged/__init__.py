"""What other judges than the guardrails say of what a stack makes: checkov, and Azure's built-in policies."""
