"""What becomes of a ticket: its changes, its life, and what people write on it."""
