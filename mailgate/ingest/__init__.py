"""Doors in. Every door turns what it got into an `Arrival` and hands it to `accept`."""
