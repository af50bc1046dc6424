"""Deployments of ARM templates to a resource group: enough of the language for what clients send of themselves."""
