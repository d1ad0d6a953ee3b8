"""Mail of ours that did not arrive, or not yet."""
