"""Access tokens for mail servers that take no passwords: for IMAP and for SMTP."""
