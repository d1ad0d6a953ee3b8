"""The content of a message as a connection takes it: in one piece, or by a `DataReader`."""

from mailgate.ingest.answering import Answering
from mailgate.ingest.data_reader import DataReader, DataResult, read_whole
from mailgate.ingest.respond import RefusalReason


class ContentReading(Answering):
    """Reads contents, and tells the premises how much of them is in memory."""

    _content: DataReader | None = None
    _held = 0

    def read_content(self, chunk: bytes) -> DataResult | None:
        """None while the message goes on."""
        spec = self.premises.spec
        reader = self._content
        if reader is None:
            whole = read_whole(chunk, max_size=spec.max_size)
            if whole is not None:
                self.hold(len(chunk))
                return whole
            reader = DataReader(max_size=spec.max_size, max_line=spec.limits.line_octets)
            self._content = reader
        result = reader.feed(chunk)
        self.hold(reader.kept)
        if result is not None:
            self._content = None
        elif not self.premises.has_room(self.peer):
            reader.refuse(RefusalReason.NO_ROOM)
            self.hold(0)
        return result

    def forget_content(self) -> None:
        """The client went in the middle of one."""
        if self._content is not None:
            self._content = None
            self.hold(0)

    def hold(self, octets: int) -> None:
        """Tells the premises how much of a content this session has in memory."""
        if octets != self._held:
            self.premises.hold(self.peer, octets - self._held)
            self._held = octets
