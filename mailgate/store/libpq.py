"""The few calls of libpq that the pipe makes (PostgreSQL manual, chapter "libpq - C Library").

psycopg takes 0.15 s of a CPU to import, for each message anew. Its C part is linked to the libpq
that the daemon uses as well; that library alone is loaded in 5 ms.
"""

import ctypes
import select
from ctypes import byref, c_char_p, c_int, c_void_p
from importlib.machinery import PathFinder
from typing import Final, Self

__all__ = ["LibpqError", "LibpqSession"]

_OK: Final = 0  # ConnStatusType CONNECTION_OK
_COMMAND_OK, _TUPLES_OK = 1, 2  # ExecStatusType
_SQLSTATE, _TABLE, _CONSTRAINT = (ord(field) for field in "Ctn")  # PG_DIAG_...
_Strings = ctypes.Array[c_char_p]

_SIGNATURES: Final = {
    "PQconnectdbParams": (c_void_p, (c_void_p, c_void_p, c_int)),
    "PQstatus": (c_int, (c_void_p,)),
    "PQfinish": (None, (c_void_p,)),
    "PQsetNoticeProcessor": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "PQsetnonblocking": (c_int, (c_void_p, c_int)),
    "PQsocket": (c_int, (c_void_p,)),
    "PQsendQueryParams": (
        c_int,
        (c_void_p, c_char_p, c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_int),
    ),
    "PQflush": (c_int, (c_void_p,)),
    "PQisBusy": (c_int, (c_void_p,)),
    "PQconsumeInput": (c_int, (c_void_p,)),
    "PQgetResult": (c_void_p, (c_void_p,)),
    "PQresultStatus": (c_int, (c_void_p,)),
    "PQresultErrorField": (c_char_p, (c_void_p, c_int)),
    "PQclear": (None, (c_void_p,)),
    "PQntuples": (c_int, (c_void_p,)),
    "PQnfields": (c_int, (c_void_p,)),
    "PQgetisnull": (c_int, (c_void_p, c_int, c_int)),
    "PQgetvalue": (c_char_p, (c_void_p, c_int, c_int)),
}


class LibpqError(Exception):
    """What went wrong: the SQLSTATE (None where the server said nothing), and the constraint or
    table that it names."""

    def __init__(self, state: str | None = None, subject: str = "") -> None:
        super().__init__(state or "no answer")
        self.state = state
        self.subject = subject


# libpq would write notices to standard error, which an MTA logs as the reason.
_say_nothing = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)(lambda _argument, _notice: None)


class LibpqSession:
    """A connection; every statement commits by itself unless there was a BEGIN. It is closed
    at the end of its block, which rolls back."""

    def __init__(self, url: str, arguments: dict[str, object], *, patience: float) -> None:
        """`arguments` are libpq's, and go before those of `url`. A server that is silent for
        `patience` seconds in the middle of a statement is given up.

        Raises LibpqError where there is no session."""
        self._lib = _library()
        self._patience = round(patience * 1000)
        words = {"dbname": url, **arguments, "client_encoding": "UTF8"}
        texts = [str(value) for value in words.values()]
        self._conn = c_void_p(
            self._lib.PQconnectdbParams(_strings([*words, None]), _strings([*texts, None]), 1)
        )
        if self._lib.PQstatus(self._conn) != _OK:
            self._lib.PQfinish(self._conn)
            raise LibpqError
        self._lib.PQsetNoticeProcessor(self._conn, _say_nothing, None)
        self._lib.PQsetnonblocking(self._conn, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_how: object) -> None:
        self._lib.PQfinish(self._conn)

    def execute(self, sql: str, *parameters: object) -> tuple[str | None, ...] | None:
        """The first row, as texts; None when there is none. `parameters` are for $1 and so on,
        bytes as they are.

        Raises LibpqError; what became of the statement is unknown where it has no SQLSTATE."""
        values = [_value(parameter) for parameter in parameters]
        count = len(values)
        lengths = (c_int * count)(*(len(value or b"") for value in values))
        binary = (c_int * count)(*(isinstance(parameter, bytes) for parameter in parameters))
        if not self._lib.PQsendQueryParams(
            self._conn,
            sql.encode(),
            count,
            None,
            (c_char_p * count)(*values),
            byref(lengths),
            byref(binary),
            0,
        ):
            raise LibpqError
        return self._first_row()

    def _first_row(self) -> tuple[str | None, ...] | None:
        """Of the answer, which ends only when the server is ready for the next statement."""
        row: tuple[str | None, ...] | None = None
        failed: LibpqError | None = None
        while True:
            self._wait()
            result = c_void_p(self._lib.PQgetResult(self._conn))
            if result.value is None:
                break
            try:
                failed = failed or self._error(result)
                row = row or self._row(result)
            finally:
                self._lib.PQclear(result)
        if failed:
            raise failed
        return row

    def _wait(self) -> None:
        """Until the statement is sent and a result can be taken."""
        poll = select.poll()
        while True:
            unsent = self._lib.PQflush(self._conn)
            if unsent < 0:
                raise LibpqError
            if not unsent and not self._lib.PQisBusy(self._conn):
                return
            poll.register(
                self._lib.PQsocket(self._conn),
                select.POLLIN | (select.POLLOUT if unsent else 0),
            )
            if not poll.poll(self._patience) or not self._lib.PQconsumeInput(self._conn):
                raise LibpqError

    def _error(self, result: c_void_p) -> LibpqError | None:
        if self._lib.PQresultStatus(result) in (_COMMAND_OK, _TUPLES_OK):
            return None
        state, constraint, table = (
            (self._lib.PQresultErrorField(result, field) or b"").decode(errors="replace")
            for field in (_SQLSTATE, _CONSTRAINT, _TABLE)
        )
        return LibpqError(state or None, constraint or table)

    def _row(self, result: c_void_p) -> tuple[str | None, ...] | None:
        if not self._lib.PQntuples(result):
            return None
        return tuple(
            None
            if self._lib.PQgetisnull(result, 0, column)
            else str(self._lib.PQgetvalue(result, 0, column), "utf-8")
            for column in range(self._lib.PQnfields(result))
        )


def _value(parameter: object) -> bytes | None:
    if parameter is None or isinstance(parameter, bytes):
        return parameter
    return str(parameter).encode()


def _strings(texts: list[str | None]) -> _Strings:
    return (c_char_p * len(texts))(*(text if text is None else text.encode() for text in texts))


def _library() -> ctypes.CDLL:
    """Raises LibpqError where psycopg was installed without its C part, and the system has
    no libpq of its own."""
    for path in (*_linked_to_it(), "libpq.so.5", "libpq.5.dylib"):
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for name, (result, arguments) in _SIGNATURES.items():
            function = library[name]
            function.restype, function.argtypes = result, arguments
            setattr(library, name, function)
        return library
    raise LibpqError


def _linked_to_it() -> list[str]:
    """psycopg's own modules in C: a name that is looked for in one is found in its libpq."""
    found = []
    for package in ("psycopg_c", "psycopg_binary"):
        home = PathFinder.find_spec(package)
        module = home and PathFinder.find_spec("pq", home.submodule_search_locations)
        if module and module.origin:
            found.append(module.origin)
    return found
