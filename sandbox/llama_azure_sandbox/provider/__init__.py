"""The azure-native stand-in: a Pulumi resource plugin that works against a sandbox."""
