"""What running an estate takes."""
