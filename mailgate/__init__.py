"""mailgate: the e-mail gateway of a help desk."""

__version__ = "0.1.0"
