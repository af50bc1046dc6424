"""Money: what was used and stood there, what it costs, and the APIs of Azure that tell it."""
