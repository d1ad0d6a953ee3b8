"""The mails that the desk writes: who gets them, and what stands in them."""
