"""ARM templates: their language, and their deployments to a resource group."""
