"""The sandbox: an Azure on this machine for the real Pulumi engine and real clients to work against."""
