"""Azure Monitor's alerts: rules that are looked at against the sandbox's clock, and who is told."""
