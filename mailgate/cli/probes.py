"""What `mailgate doctor forwarding --json` tells beside the findings."""

from typing import TYPE_CHECKING

from mailgate.api.shapes import instant
from mailgate.mail.address import UnknownReversePath

if TYPE_CHECKING:
    from mailgate.daemon.doctor.forwarding import Report
    from mailgate.daemon.doctor.probe import Probe, Returned
    from mailgate.model.delivery import AttemptResult


def shape(report: "Report") -> dict[str, object]:
    """The probes, and what came back."""
    return {
        "probes": [_probe(each, report.results.get(each.kind)) for each in report.probes],
        "returned": [_returned(each) for each in report.came],
    }


def _probe(probe: "Probe", result: "AttemptResult | None") -> dict[str, object]:
    return {
        "kind": probe.kind.value,
        "to": str(probe.to),
        "from": str(probe.from_),
        "message_id": probe.message_id,
        "sent_at": instant(probe.at),
        "result": None if result is None else type(result).__name__.lower(),
        "reply": None if result is None else {"code": result.reply.code, "text": result.reply.text},
    }


def _returned(came: "Returned") -> dict[str, object]:
    mail, envelope = came.mail, came.row.envelope
    unknown = isinstance(envelope.reverse_path, UnknownReversePath)
    return {
        "kind": came.probe.kind.value,
        "answer": came.is_answer,
        "journal": came.row.id,
        "door": came.row.door.value,
        "received_at": instant(came.row.received_at),
        "seconds": round(came.seconds, 3),
        "envelope": {
            "reverse_path": None if unknown else str(envelope.reverse_path),
            "forward_paths": [str(each) for each in envelope.forward_paths],
        },
        "hops": list(came.hops),
        "from": None if mail.from_ is None else str(mail.from_.address),
        "to": [str(each.address) for each in mail.to],
        "subject": mail.subject,
        "message_id": mail.message_id,
        "references": list(mail.references),
        "in_reply_to": list(mail.in_reply_to),
        "authentication_results": [
            {
                "authserv_id": each.authserv_id,
                "above_received": each.above_received,
                "results": {result.method: result.result for result in each.results},
            }
            for each in mail.authentication_results
        ],
    }
