"""A DNS of a few lines for SPF, and the rounds in which it is asked."""

from dataclasses import dataclass, field

from mailgate.mail.proofs import Answer, Connecting, Question, RecordType, SpfResult
from mailgate.mail.spf import check_spf, spf_questions

Zone = dict[str, list[str]]
"""`{"acme.example": ["TXT v=spf1 -all", "A 192.0.2.1"]}`; to `FAIL A` nobody answers."""
MAX_ROUNDS = 60


@dataclass
class Asked:
    """What came of a check, and what it cost."""

    result: SpfResult
    questions: list[Question] = field(default_factory=list)
    rounds: int = 0


def answer(zone: Zone, question: Question) -> Answer:
    lines = zone.get(question.name, [])
    if f"FAIL {question.type}" in lines:
        return Answer(failed=True)
    start = f"{question.type} "
    return Answer(tuple(line.removeprefix(start) for line in lines if line.startswith(start)))


def ask(
    zone: Zone,
    peer: str = "192.0.2.1",
    mail_from: str = "kim@acme.example",
    helo: str = "mail.acme.example",
) -> Asked:
    """Runs the check to its end."""
    localpart, _, domain = mail_from.rpartition("@")
    connecting = Connecting(peer, helo, localpart, domain)
    answers: dict[Question, Answer] = {}
    asked: list[Question] = []
    rounds = 0
    while open_ones := spf_questions(connecting, answers):
        assert not open_ones & answers.keys()
        rounds += 1
        assert rounds < MAX_ROUNDS
        asked += sorted(open_ones, key=str)
        answers |= {question: answer(zone, question) for question in open_ones}
    assert {question.type for question in asked} <= set(RecordType)
    return Asked(check_spf(connecting, answers), asked, rounds)
