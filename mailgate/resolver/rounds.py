"""Everything that one mail may cost the DNS."""

import asyncio

from mailgate.mail.proofs import Answer, Answers, Question
from mailgate.mail.proving import Proving
from mailgate.resolver.resolver import Resolver

LOOKUPS = 20
"""Questions that a mail may cause; remembered answers are free."""
AT_A_TIME = 4
"""Questions of one mail that are open at the same time: whoever has slow servers under many names
keeps no others waiting."""


async def answers_for(
    proving: Proving, resolver: Resolver, *, seconds: float, lookups: int = LOOKUPS
) -> Answers:
    """What the DNS says to all that must be known of the mail, round by round, until nothing is
    open or the budget is spent."""
    answers: dict[Question, Answer] = {}
    open_: frozenset[Question] = frozenset()
    try:
        async with asyncio.timeout(seconds):
            while open_ := proving.questions(answers):
                known = resolver.known(open_)
                asked = sorted(open_ - known.keys(), key=_by_worth)[: min(lookups, AT_A_TIME)]
                if not known and not asked:
                    break
                answers.update(known)
                if asked:
                    lookups -= len(asked)
                    answers.update(await resolver.ask(asked))
    except TimeoutError:
        answers.update(resolver.known(open_))
    return answers


def _by_worth(question: Question) -> tuple[bool, str, str]:
    """The policy first: without it nothing is known to be forged."""
    return not question.name.startswith("_dmarc."), question.name, question.type.value
