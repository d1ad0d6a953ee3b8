"""Every operational fact has a verb here; each logs one event and moves its metrics."""
