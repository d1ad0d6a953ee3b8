"""The help desk: what a decision or a wish does to a ticket, and which mails that causes."""
