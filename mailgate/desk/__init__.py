"""The help desk: what a decision or a person's wish does to a ticket, and which mails that causes."""
