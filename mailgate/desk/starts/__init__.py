"""Conversations that one of ours begins, and mail of theirs that belongs to no ticket."""
