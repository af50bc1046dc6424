"""What is true of Meta Llama on Azure without Pulumi.

Nothing here imports ``pulumi``, reads configuration or calls a network, so that
components, policy packs, preflight and the sandbox judge by the same code and
the same facts (``facts/*.yaml``, the only copy, each row with its source).
"""
