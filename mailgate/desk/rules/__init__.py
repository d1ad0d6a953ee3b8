"""Rules of the settings: which match, what they do, and what they tell elsewhere."""
