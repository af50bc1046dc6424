"""What the Pulumi engine is told wherever this project starts it, in the variables that it reads itself."""

PARALLEL = {"PULUMI_PARALLEL": "64"}
"""So many operations are under way at once. Unset the engine has four for each processor, where each does nothing but
wait for Azure: on a runner with two a stack of many projects would be made eight operations at a time."""
