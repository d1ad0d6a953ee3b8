"""Commands at the top of an agent's mail, and macros."""
