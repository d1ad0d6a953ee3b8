"""A mail comes in: what is known of it, what is decided, and what that does to tickets."""
