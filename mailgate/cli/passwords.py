"""`mailgate hash-password`: what an agent's password_file holds."""

import getpass
import os
import sys

from mailgate.cli.session import CommandError
from mailgate.settings.passwords import SALT_OCTETS, hash_password


def hash_a_password() -> None:
    """Asks for a password, or reads one line of standard input, and prints the line for an
    agent's password_file."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("The same again: "):
            raise CommandError("those were two different passwords; try again")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < 8:
        raise CommandError("a password has 8 characters or more; choose a longer one")
    print(hash_password(password, os.urandom(SALT_OCTETS)))
