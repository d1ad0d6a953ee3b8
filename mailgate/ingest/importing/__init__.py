"""Old mail: mbox files, Maildirs and folders of messages, read in order and never whole."""
