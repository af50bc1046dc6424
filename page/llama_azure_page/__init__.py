"""The estate page: what stacks describe, what is deployed of it, and what is said of it, as one HTML file."""
