"""The RFCs' nouns: bytes in, values out. Pure, total, bounded in time and memory."""
