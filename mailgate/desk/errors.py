"""What a person is told who asked the desk for something that cannot be."""


class DeskError(Exception):
    """A wish that cannot be fulfilled; `str()` is one clear sentence for the person."""
