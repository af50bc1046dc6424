"""The live tier: the same requests to Azure and to the sandbox, recorded without secrets, and what differs.

``make live SUBSCRIPTION=<id>`` runs it; ``docs/live.md`` says what it costs, what it makes and what it removes.
"""
