"""Limits on what leaves: an hourly cap that is exact."""
