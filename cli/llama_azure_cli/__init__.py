"""``llama-azure``: what people ask of models and of a stack's endpoints, answered in a terminal.

It reads and calls; it deploys nothing. A subcommand is a module below ``commands``, listed in ``main``.
"""
