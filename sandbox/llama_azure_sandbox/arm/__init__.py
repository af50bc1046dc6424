"""Azure Resource Manager: routes, resources, long-running operations."""
