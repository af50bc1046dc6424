"""Who may do what, and how one signs in."""
