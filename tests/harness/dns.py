"""A DNS server on loopback with a few records of a test's own. Nothing else is ever asked."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset

Records = Mapping[tuple[str, str], list[str]]
"""(name, type) to records as zone files write them; a name with an empty list exists."""

_MAX_ALIASES = 40
"""More than any resolver follows."""


def answer_to(question: bytes, records: Records, *, secure: bool = False) -> bytes:
    """NXDOMAIN where there is nothing under a name; an alias with what it leads to, as a resolver
    gives it; with `secure` as a validated answer."""
    query = dns.message.from_wire(question)
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA | (dns.flags.AD if secure else dns.flags.AA)
    asked = query.question[0]
    name, kind = str(asked.name).rstrip(".").lower(), asked.rdtype.name
    for _ in range(_MAX_ALIASES):
        if not (aliases := records.get((name, "CNAME"))):
            break
        reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", *aliases))
        name = aliases[0].rstrip(".").lower()
    found = records.get((name, kind), [])
    if found:
        reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *found))
    elif not any(known == name for known, _ in records):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire(max_size=65535)


@contextmanager
def serving_dns(records: Records) -> Iterator[str]:
    """HOST:PORT of a server that answers from `records` by UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = int(server.getsockname()[1])

        def serve() -> None:
            while True:
                question, client = server.recvfrom(4096)
                if question == b"end":
                    return
                server.sendto(answer_to(question, records), client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"end", ("127.0.0.1", port))
            thread.join()
