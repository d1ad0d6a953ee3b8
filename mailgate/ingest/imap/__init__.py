"""Mail that is taken from IMAP mailboxes."""
