"""What became of mail, in words for people: `explain`, quarantine, the queue."""
