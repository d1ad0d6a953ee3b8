"""The worst of all out-of-office programs, for Postfix's pipe(8): it answers every mail.

    vacation.py --port PORT --as ADDRESS --count FILE [--to from|reply-to] [--quote]

It hides that it is a machine: no field says so, its reverse path is an address, each answer has
an id of its own and a text of its own. It answers machines, mail to nobody in particular, and
whoever it has answered before. After MOST answers it is still, so that a loop that does not end
fails a test rather than the machine. It needs nothing but the standard library.
"""

import argparse
import email
import fcntl
import smtplib
import sys
from email.message import EmailMessage
from email.policy import default
from email.utils import formatdate, parseaddr
from pathlib import Path

MOST = 150
"""No budget of a gateway is so large."""


def counted(path: Path) -> int:
    """The number of this answer; a line a try, so that processes side by side count alike."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(".")
        file.flush()
        return file.tell()


def answer_to(mail: EmailMessage, options: argparse.Namespace, number: int) -> EmailMessage:
    answer = EmailMessage()
    whom = mail["Reply-To"] if options.to == "reply-to" and mail["Reply-To"] else mail["From"]
    answer["From"] = options.as_
    answer["To"] = parseaddr(str(whom))[1]
    answer["Message-ID"] = f"<away{number}.{options.as_}>"
    answer["Date"] = formatdate()
    lines = [f"I am not at my desk, and this is answer {number}."]
    if options.quote:
        answer["Subject"] = f"Re: {mail['Subject']}"
        body = mail.get_body(("plain",))
        assert body is not None
        lines += ["", "You wrote:", *(f"> {one}" for one in body.get_content().splitlines())]
    else:
        answer["Subject"] = f"I am away ({number})"
    answer.set_content("\n".join(lines))
    return answer


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--as", dest="as_", required=True)
    parser.add_argument("--count", type=Path, required=True)
    parser.add_argument("--to", choices=("from", "reply-to"), default="from")
    parser.add_argument("--quote", action="store_true")
    options = parser.parse_args()
    mail = email.message_from_binary_file(sys.stdin.buffer, policy=default)
    number = counted(options.count)
    if number <= MOST:
        answer = answer_to(mail, options, number)
        with smtplib.SMTP("127.0.0.1", options.port, timeout=30) as client:
            client.send_message(answer, options.as_, [str(answer["To"])])
    return 0


if __name__ == "__main__":
    sys.exit(main())
