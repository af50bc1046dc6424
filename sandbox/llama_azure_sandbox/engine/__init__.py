"""Finding a Pulumi CLI, or providing one: on the PATH, from its own archive, or from its Go modules."""
