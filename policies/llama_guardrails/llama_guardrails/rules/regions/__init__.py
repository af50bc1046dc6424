"""Where things may lie."""
