"""Finding a Pulumi CLI, or providing one: on the PATH, by the official installer, or from its Go modules."""
