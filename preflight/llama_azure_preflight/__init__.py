"""Know before ``pulumi up`` whether Azure will say yes: live checks that only read.

The stack's plan says what it will ask of Azure (:mod:`llama_azure_preflight.stack`). Each check is one file in
``checks/``: it names what it needs to know and judges the answers. :mod:`llama_azure_preflight.run` puts all open
questions to Azure at once, round by round. ``docs/preflight.md`` describes it for its users.
"""
