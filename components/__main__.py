"""Host the components for programs in any language; the Pulumi engine starts it."""

from llama_azure.package import host

if __name__ == "__main__":
    host()
