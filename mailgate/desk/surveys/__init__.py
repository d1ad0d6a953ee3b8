"""Asking customers how the answers were."""
