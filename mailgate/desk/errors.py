"""What a person is told who asked the desk for something that cannot be."""


class DeskError(Exception):
    """A wish that cannot be fulfilled; `str()` is one clear sentence for the person. `korean` is
    the same, of wishes that agents have by mail too: the command line is in English."""

    def __init__(self, sentence: str, korean: str = "") -> None:
        super().__init__(sentence)
        self._korean = korean

    def in_language(self, locale: str) -> str:
        """The sentence for a reader of this language; English where there is no other."""
        return self._korean if locale == "ko" and self._korean else str(self)
