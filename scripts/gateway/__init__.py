"""An unmodified LiteLLM proxy on this machine, with the PostgreSQL and the Redis that several of them share."""
