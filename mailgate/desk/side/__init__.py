"""Third parties whom agents ask on the side of a ticket."""
