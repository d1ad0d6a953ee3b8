"""How mailgate tells in English why a mail waits in quarantine."""

from mailgate.desk.telling.tellwords import CauseWords
from mailgate.model.decision import QuarantineCause

__all__ = ["CAUSES"]

CAUSES = {
    QuarantineCause.AGENT_NOT_PROVEN: CauseWords(
        title="an agent's address, and no proof",
        means="It bears an agent's address and nothing proves that the agent wrote it. Were it "
        "believed, anybody could write to customers in the agent's name.",
        release="`release` takes the mail as the agent's own: an answer on a ticket is then sent "
        "to the customer.",
        to_do="Ask the agent. Release it if they wrote it, drop it if not.",
    ),
    QuarantineCause.AUTOMATED_WITHOUT_TICKET: CauseWords(
        title="a machine's answer to nothing of ours",
        means="A machine answers (a report, an absence note), and no ticket is known that it "
        "could belong to.",
        release="`release` opens a ticket with it, and nothing is sent to its sender.",
        to_do="Mostly drop it. Release it onto a ticket (`--ticket N`) if it tells about one.",
    ),
    QuarantineCause.FROM_SUPPORT_ADDRESS: CauseWords(
        title="somebody writes as one of our addresses",
        means="It claims to be from a support address, and we did not write it: often a form on a "
        "web site, sometimes a forgery or a loop.",
        release="`release` files it as any mail, and nothing is sent to its sender.",
        to_do="Release what a form sent. Let the form write From an address of its own, with its "
        "visitor in Reply-To.",
    ),
    QuarantineCause.HOP_LIMIT: CauseWords(
        title="it goes in a circle",
        means="It has passed more mail servers than any real mail: two of them hand it to each "
        "other.",
        release="`release` files it as any mail, whatever its number of hops.",
        to_do="Look at its Received fields (`mailgate quarantine export`), and end the forwarding "
        "that leads back to us.",
    ),
    QuarantineCause.BLOCKED_SENDER: CauseWords(
        title="a sender who is shut out",
        means="Somebody here called a mail of this sender spam, so what they write waits.",
        release="`release` files this one mail as any other; the next one waits again.",
        to_do="Drop it if it is spam. If it is not, release it, and let the sender in again with "
        "`mailgate senders unblock ADDRESS`.",
    ),
    QuarantineCause.RULE: CauseWords(
        title="a rule sets it aside",
        means="A [[rule]] of the settings says that such mail waits for a human.",
        release="`release` files it as any mail; no rule sets it aside again.",
        to_do="Release what is for the desk and drop the rest. Where the rule catches too much, "
        "make it narrower; `mailgate explain` says which one it was.",
    ),
    QuarantineCause.FLOOD: CauseWords(
        title="a flood from one sender",
        means="More came from this sender than people could read.",
        release="`release` files it as any mail; a flood as such is no reason any more.",
        to_do="Release what is worth reading and drop the rest. A machine that has to write so "
        "much belongs into loops.machines.",
    ),
    QuarantineCause.START_NOT_ALLOWED: CauseWords(
        title="agents begin no conversations here",
        means="An agent wants to begin a conversation by `#new`, and the settings leave that to "
        "operators (gateway.agents_may_start). The agent was told.",
        release="`release` sends the mail to the customer, as the agent wrote it.",
        to_do="Release what may go, drop the rest.",
    ),
    QuarantineCause.COMMAND_REFUSED: CauseWords(
        title="a `#new` that cannot be carried out",
        means="An agent wants to begin a conversation by `#new`, and something in the mail is "
        "missing or wrong. Nothing was sent, and the agent was told what.",
        release="`release` opens a ticket of the agent with it, as with any mail of theirs.",
        to_do="Drop it once the agent has written again.",
    ),
    QuarantineCause.PROCESSING_FAILED: CauseWords(
        title="mailgate could not work on it",
        means="mailgate failed three times when it worked on this mail. That is a fault of "
        "mailgate, not of the mail.",
        release="`release` tries it again, three times.",
        to_do="Report the error that `mailgate quarantine show` has; release it after an update.",
    ),
}
