"""Role-based access control: the provider Microsoft.Authorization, and its enforcement on every request."""
