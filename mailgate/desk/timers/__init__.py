"""How long somebody may wait for an answer, and who hears of it when they wait longer."""
