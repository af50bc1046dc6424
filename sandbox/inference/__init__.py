"""The Llama data plane."""
