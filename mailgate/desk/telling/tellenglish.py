"""How mailgate tells in English what became of a mail."""

from mailgate.desk.telling.causesenglish import CAUSES
from mailgate.desk.telling.tellrules import RULES_ENGLISH
from mailgate.desk.telling.tellwords import Phrases, Words
from mailgate.model.decision import (
    Authentication,
    Claim,
    Reason,
    Right,
    SignalKind,
    Who,
)

__all__ = ["ENGLISH"]

_REASONS = {
    Reason.NEW_CONVERSATION: "Nothing in it names a ticket that it may go onto.",
    Reason.MATCHED_REPLY_TOKEN: "It came to a reply address that we signed for {ticket}.",
    Reason.MATCHED_OWN_ID: "It answers a mail of ours on {ticket}: the id that it names is signed "
    "by us.",
    Reason.MATCHED_RELAYED_ID: "It answers a mail of ours on {ticket}, by the id that a mail "
    "server on the way gave to it.",
    Reason.MATCHED_STORED_ID: "It answers a mail that stands on {ticket}. That id is not ours: "
    "everybody who has seen the mail knows it.",
    Reason.MATCHED_BODY_MARKER: "It quotes the signed line of a mail of ours on {ticket}.",
    Reason.MATCHED_SUBJECT_TAG: "Its subject has the number of {ticket}. Anybody can write that, "
    "so alone it gives nobody a right.",
    Reason.TOKEN_INVALID: "It came to a reply address that we have not signed, or that was "
    "changed: that counts for nothing.",
    Reason.SIGNALS_DISAGREE: "It names more than one ticket; the strongest sign decides.",
    Reason.TICKET_UNKNOWN: "It names a ticket that does not exist.",
    Reason.FOLLOWED_MERGE: "The ticket that it names was merged into another one, and the mail "
    "follows.",
    Reason.TICKET_CLOSED_LONG_AGO: "{Ticket} has been closed for longer than "
    "threading.reopen_within, so it stays closed.",
    Reason.SUBJECT_CHANGED: "Its subject is not that of {ticket}, so it is taken for another "
    "matter.",
    Reason.SENDER_IS_REQUESTER: "The mail is from {address}, who opened {ticket}.",
    Reason.SENDER_IS_PARTICIPANT: "The mail is from {address}, who is on the CC of {ticket}.",
    Reason.SENDER_IS_AGENT: "The mail bears the address of an agent, {address}.",
    Reason.SENDER_IS_COLLABORATOR: "The mail bears the address of a collaborator, {address}.",
    Reason.SENDER_IS_COLLEAGUE: "The mail is from {address}, who takes no part in {ticket} and "
    "writes from the requester's own organisation.",
    Reason.SENDER_IS_THIRD_PARTY: "The mail is from {address}, a third party whom the agents have "
    "asked about {ticket}.",
    Reason.SENDER_IS_STRANGER: "The mail is from {address}, who has nothing to do with {ticket}.",
    Reason.SENDER_UNREADABLE: "It has not exactly one From with one address, so nobody is taken "
    "for its sender.",
    Reason.SENDER_UNAUTHENTICATED: "Nobody whom we believe vouches for that address.",
    Reason.AGENT_PROVEN_BY_TOKEN: "That they wrote it is proven by the reply address: it was made "
    "for this agent alone.",
    Reason.AGENT_PROVEN_BY_AUTHENTICATION: "That they wrote it is proven by authentication.",
    Reason.AGENT_NOT_PROVEN: "Nothing proves that they wrote it.",
    Reason.SUBJECT_TAG_NOT_ENOUGH: "The number in the subject is not enough to let somebody else "
    "onto a ticket.",
    Reason.OWN_MAIL: "We wrote it ourselves: it bears our signature, and has come back.",
    Reason.PROBE: "It is a probe of `mailgate doctor forwarding`, or an answer to one.",
    Reason.ANSWERS_DIGEST: "A machine answers our daily mail to the operators.",
    Reason.FROM_SUPPORT_ADDRESS: "It claims to be from a support address of ours, {address}, "
    "without our signature.",
    Reason.NULL_REVERSE_PATH: "Its reverse path is null (MAIL FROM:<>): a notification, which may "
    "never be answered.",
    Reason.AUTOMATED: "A machine sent it, or its header says so; machines are never answered.",
    Reason.HOP_LIMIT: "It has passed more mail servers than loops.hop_limit allows: it goes in a "
    "circle.",
    Reason.DUPLICATE_BYTES: "The same mail, byte for byte, has come before.",
    Reason.SAME_ID_OTHER_CONTENT: "Another mail has the same Message-ID and other content; both "
    "are kept.",
    Reason.RELEASED_BY_OPERATOR: "A person let it out of quarantine.",
    Reason.NOTE_TOKEN: "It answers the notification of a note, so it is a note.",
    Reason.TOO_MANY_FROM_SENDER: "The sender has written so much lately that it is taken for a "
    "machine's, until that is less.",
    Reason.REPORT_REPEATED: "Some reports like it about the same mail are on the ticket already; "
    "this one is in the journal alone.",
    Reason.LOOP_SUSPECTED: "So much came lately from this sender or their organisation that two "
    "machines may be answering each other.",
    Reason.MANY_WITH_SAME_WORDS: "Many mails came lately with the same words, from whomever.",
    Reason.FLOOD: "More came from this sender than people could read (loops.sender_hard).",
    Reason.SENDER_BLOCKED: "Somebody here called a mail of this sender spam.",
    Reason.REOPENING_BUDGET: "Mail has opened {ticket} again as often as "
    "loops.reopenings_per_day allows, so it stays as it is.",
    Reason.QUARANTINED_BY_RULE: "A rule of the settings sets it aside.",
    Reason.DROPPED_BY_RULE: "A rule of the settings drops it: it becomes nothing, and its bytes "
    "stay until the end of their retention.",
    Reason.ONLY_COPIED: "It is for others, and came to us as a copy; the [[address]] ignores "
    "copies.",
    Reason.SURVEY_ANSWER: "It came to an address by which the customer says how the answers on "
    "{ticket} were.",
    Reason.SURVEY_NOT_THEIRS: "That address was made for the requester of {ticket} alone, and "
    "nothing says that they wrote this, so it does not count.",
    Reason.SURVEY_REPEATED: "A mail with the same Message-ID has counted before, so this one does "
    "not.",
    Reason.SURVEY_UNCLEAR: "It came to more than one of these addresses, so none of them counts.",
    Reason.REQUESTER_UNANSWERABLE: "The requester of {ticket} has no address that mail can go to.",
    Reason.REPORT_MATCHED: "It is a report about a mail of ours, and came to the signed address "
    "that this mail alone names for it.",
    Reason.REPORT_OF_FORWARDED: "The recipient's server had passed our mail on, and it failed "
    "there: nothing speaks against the recipient's own address.",
    Reason.REPORT_UNSIGNED: "It is a report, and did not come to the signed address of a mail of "
    "ours: anybody may have written it, so it changes nothing.",
    Reason.REPORT_OF_ANOTHER_RECIPIENT: "The report came to the signed address of one recipient "
    "and speaks of another: it changes nothing.",
    Reason.REPORT_OF_ANOTHER_MAIL: "The report came to the signed address of one mail and speaks "
    "of another: it changes nothing.",
    Reason.REPORT_OF_SEVERAL: "The report speaks of several recipients, and the address that it "
    "came to stands for one: it changes nothing.",
    Reason.REPLY_TO_DIFFERS: "It asks for answers to another address than the sender's; mailgate "
    "answers the sender.",
    Reason.NAME_OF_AGENT: "Its sender goes by the name of an agent or of the desk, from an "
    "address of somebody else.",
    Reason.NAME_WITH_ADDRESS: "Its sender's name holds another address than the one that it came "
    "from.",
    Reason.BEGUN_BY_AGENT: "By `#new` the agent begins a conversation: the text goes to the "
    "customer, and the ticket is theirs.",
    Reason.WRITTEN_BY_AGENT: "The agent has written to the customer already and gave us a copy: "
    "it is kept on a ticket of the customer, and nothing is sent.",
    Reason.PASSED_ON_BY_AGENT: "The agent passes on a mail: whose mail that is, theirs is the "
    "ticket.",
}

_PHRASES = Phrases(
    on="ticket {number}",
    on_it="the ticket",
    new_sender="The mail is from {address}.",
    joint="; ",
    check="{method} of {domain} {result}{aligned} ({source})",
    login="{domain} had logged in (SMTP AUTH)",
    aligned=", aligned with From",
    ours="checked by mailgate",
    told_by="as {source} says",
    checks="What was found out about the sender: {checks}.",
    no_check="Nothing was found out about the sender: no trusted server said anything, and no "
    "check of our own could be made.",
    open_forgery="That speaks for a forged sender, or for a server on the way that changed it.",
    names_it_too="{signal} names it too.",
    names_another="{signal} names ticket {number}, and is weaker: it is not followed.",
    names_nothing="{signal} names no ticket that exists.",
    rule="The rule: {who}, {authentication}, {claim}, {right}.",
    new_ticket="It opens a new ticket.",
    new_ticket_numbered="It opens a new ticket, {number}.",
    linked_ticket="The new ticket points to ticket {number}.",
    public="It goes onto {ticket} as part of the conversation.",
    answer="It is an answer on {ticket}, and goes to the customer.",
    note="It is kept on {ticket} as a note; the customer does not see it.",
    side="It goes onto {ticket} as part of the talk with a third party; the customer does not "
    "see it.",
    flagged="It is kept on {ticket} for the agents alone, marked as doubtful; it does not open "
    "the ticket again, and nothing leaves the desk.",
    bounce="It is kept on {ticket} as a report about mail of ours.",
    auto_reply="It is kept on {ticket} as a machine's mail: nothing answers it, and it does not "
    "open the ticket again.",
    score="It is kept on {ticket} for the agents alone, as a word on the answers; it does not open "
    "the ticket again.",
    duplicate="It is a copy of mail {original}, so nothing more happens.",
    suppress="It goes no further; the journal alone keeps it.",
    quarantine="It waits in quarantine for a person. {means}",
    mails="What is sent because of it: {mails}.",
    mail_to="{kind} to {recipients}",
    no_mails="Nothing is sent because of it.",
    no_acknowledgement="There is no acknowledgement: {why}",
    not_answered_machine="machines are never answered (RFC 3834).",
    not_answered_failed="the address failed authentication, so it would go to somebody who has "
    "not written.",
    not_answered_many="so much came lately that a loop is suspected.",
    not_answered_copy="another mail with the same Message-ID was answered.",
    not_answered_unread="there is no address that it could go to.",
    not_wanted="the support address gives none.",
    if_proven="If {domain} were proven, it {right}. To prove it: let {domain} sign its mail with "
    "DKIM and publish SPF and DMARC; where a mail server of yours checks that, name it in "
    "threading.trusted_authserv_ids, and its network in trusted_networks of the listener.",
    if_failed="If {domain} were proven, it {right}. It failed: let {domain} sign its mail with "
    "DKIM; if a forwarder changed the mail on its way, name it in "
    "authentication.trusted_arc_sealers.",
    if_answering="If it answered a mail that {address} got from us on {ticket}, it {right}.",
    if_answering_us="If it answered a notification that {address} got from us, its reply address "
    "would prove who wrote it.",
    if_participant="If {address} were on the CC of {ticket}, it {right}. An agent who "
    "answers with that address in Cc puts it there.",
    if_both="If {domain} were proven, and {address} on the CC of {ticket}, it {right}.",
    if_covers="The signature leaves the subject or the references open, so that it proves no "
    "agent: let {domain} sign them too (h=), or let the agent answer the notification.",
    if_role='If {address} had role = "agent" in the settings, it would go to the customer.',
    if_answerable="If {domain} were proven, {address} would get an acknowledgement.",
    if_acknowledged="For acknowledgements: acknowledge = true of the [[address]] that it came to.",
    waiting="It waits for the worker. What follows would become of it now.",
    failing="It was tried {attempts} times and failed; it is tried again. The error: {error}",
    failed="The error: {error}",
    dropped="A person dropped it: it became nothing, and its bytes stay until the end of their "
    "retention.",
    released="A person let it out of quarantine; it waits for the worker. What follows is what "
    "was decided before.",
    otherwise="What would have made it different:",
    foretold="What `release` would do now: {outcome}",
)

_OTHERWISE = {
    Reason.TICKET_CLOSED_LONG_AGO: "With a longer threading.reopen_within it would have gone onto "
    "{ticket}.",
    Reason.SUBJECT_CHANGED: "With threading.split_changed_subject = false, or under the old "
    "subject, it would have gone onto {ticket}.",
    Reason.TICKET_UNKNOWN: "If the ticket were known here it would have been found: look whether "
    "the database or secret_file is another than before.",
    Reason.TOKEN_INVALID: "A reply address counts as it stands in our mail; after a change of "
    "secret_file, keep the old key in it.",
    Reason.SENDER_UNREADABLE: "With one From field that holds one address the sender would be "
    "known.",
    Reason.FROM_SUPPORT_ADDRESS: "A form should write From an address of its own, with its "
    "visitor in Reply-To: then it opens a ticket.",
    Reason.NULL_REVERSE_PATH: "A mail with a sender in its envelope would have counted as a "
    "person's.",
    Reason.AUTOMATED: "Without the fields that say so (Auto-Submitted, Precedence, List-Id and "
    "their like; `mailgate parse` names them) it would have counted as a person's.",
    Reason.HOP_LIMIT: "With a higher loops.hop_limit it would have been filed; better end the "
    "circle.",
    Reason.DUPLICATE_BYTES: "A mail that differs in one word is filed, and so is the same one "
    "after threading.duplicate_window.",
    Reason.NOTE_TOKEN: "An answer to the notification of the customer's mail goes to the customer.",
    Reason.TOO_MANY_FROM_SENDER: "It would be heard again when the sender writes less; "
    "[loops] sender_on_ticket and sender_soft say how much is too much.",
    Reason.LOOP_SUSPECTED: "With less mail, or higher limits sender_soft and domain_soft in "
    "[loops], there would be an acknowledgement.",
    Reason.MANY_WITH_SAME_WORDS: "With fewer such mails, or a higher loops.words_soft, there "
    "would be an acknowledgement.",
    Reason.FLOOD: "With a higher loops.sender_hard, or its address in loops.machines, it would "
    "have been filed.",
    Reason.SENDER_BLOCKED: "Without the block it would have been filed: see `mailgate senders "
    "list`.",
    Reason.REOPENING_BUDGET: "With a higher loops.reopenings_per_day it would have opened the "
    "ticket again.",
    Reason.QUARANTINED_BY_RULE: "Without that [[rule]], or with narrower conditions, it would have "
    "been filed.",
    Reason.DROPPED_BY_RULE: "Without that [[rule]], or with narrower conditions, it would have "
    "been filed.",
    Reason.ONLY_COPIED: 'With cc = "ticket" at the [[address]], or with the address in To, it '
    "would have opened a ticket.",
    Reason.SURVEY_NOT_THEIRS: "From the address that the survey went to, it would have counted.",
    Reason.SURVEY_REPEATED: "A new mail to one of the survey's addresses counts in place of the "
    "old one.",
    Reason.SURVEY_UNCLEAR: "To one of the survey's addresses alone, it would have counted.",
    Reason.REQUESTER_UNANSWERABLE: "A requester with an address would have got the answer: open "
    "a ticket with the right one.",
    Reason.REPORT_UNSIGNED: "A report counts when it goes to the reverse path of our mail, as "
    "RFC 3464 asks.",
    Reason.REPORT_OF_ANOTHER_RECIPIENT: "A report for each recipient, to that one's own reverse "
    "path, would count.",
    Reason.REPORT_OF_ANOTHER_MAIL: "A report to the reverse path of the mail that it is about "
    "would count.",
    Reason.REPORT_OF_SEVERAL: "A report for each recipient, to that one's own reverse path, "
    "would count.",
}

ENGLISH = Words(
    reasons=_REASONS,
    causes=CAUSES,
    who={
        Who.REQUESTER: "the requester",
        Who.PARTICIPANT: "a participant (CC)",
        Who.COLLEAGUE: "a colleague of the requester",
        Who.AGENT: "an agent",
        Who.COLLABORATOR: "a collaborator",
        Who.SIDE_PARTY: "a third party of the ticket",
        Who.STRANGER: "somebody who has nothing to do with the ticket",
    },
    authentication={
        Authentication.PASS: "whose address is proven",
        Authentication.NONE: "whose address is not proven",
        Authentication.FAIL: "whose address failed authentication",
    },
    claims={
        Claim.TOKEN: "with a reply address that was given to them",
        Claim.FORWARDED_TOKEN: "with a reply address that was given to somebody else",
        Claim.OWN_ID: "with an answer to a mail of ours",
        Claim.FOREIGN_ID: "with an answer to another mail of the ticket",
        Claim.SUBJECT_TAG: "with no more than the number in the subject",
        Claim.NOTHING: "who names no ticket",
    },
    rights={
        Right.PUBLIC: "takes part in the conversation",
        Right.PRIVATE: "is heard inside the desk: in a note, or on the side thread",
        Right.FLAGGED: "is shown to the agents alone, marked as doubtful",
        Right.LINKED: "gets a new ticket that points to the named one",
        Right.NEW: "gets a new ticket",
        Right.QUARANTINE: "waits for a person to look",
    },
    would={
        Right.PUBLIC: "would be part of the conversation",
        Right.PRIVATE: "would be a note, or stand on the side thread",
        Right.FLAGGED: "would be on the ticket, for the agents alone",
        Right.LINKED: "would open a ticket that points to the named one",
        Right.NEW: "would open a ticket",
        Right.QUARANTINE: "would wait for a person to look",
    },
    signals={
        SignalKind.REPLY_TOKEN: "A reply address",
        SignalKind.OWN_ID: "A signed id of ours",
        SignalKind.RELAYED_ID: "An id that a server gave to our mail",
        SignalKind.STORED_ID: "The id of another mail",
        SignalKind.BODY_MARKER: "The signed line that it quotes",
        SignalKind.SUBJECT_TAG: "The number in the subject",
    },
    methods={"dkim": "DKIM", "spf": "SPF", "dmarc": "DMARC", "arc": "ARC"},
    results={
        "pass": "passed",
        "fail": "failed",
        "softfail": "failed softly",
        "neutral": "says neither yes nor no",
        "none": "says nothing",
        "policy": "was refused by policy",
        "temperror": "could not be looked up",
        "permerror": "is set up wrongly",
    },
    mails={
        "reply": "the answer",
        "notification": "a notification",
        "acknowledgement": "an acknowledgement",
        "forward": "what is passed on",
    },
    withheld={
        "acknowledgement_budget": "the budget for automatic mail is spent "
        "([loops] acknowledgements_per_address_per_day, neutral_acknowledgements_per_...).",
        "reads_automatic": "it reads like an absence note or another automatic answer.",
        "automatic_answer": "It reads like an absence note or another automatic answer, so it was "
        "not sent to the customer.",
        "empty_answer": "It says nothing but what it quotes, so it was not sent to the customer.",
        "command": "A command for the desk in it cannot be carried out: there is none such, what "
        "it names does not exist, or it stands below other words. So nothing was done, nobody got "
        "it, and its author was told why.",
        "repeated_answer": "A mail with the same Message-ID, by the same agent, is there already, "
        "so it was not sent to the customer.",
        "forwarded_mail": "It passes on a mail, or nothing in it says that it is for the "
        "customer, so it was not sent to them.",
    },
    otherwise=_OTHERWISE,
    otherwise_withheld={
        "acknowledgement_budget": "Later, or with a larger budget in [loops], there would be an "
        "acknowledgement.",
        "reads_automatic": "In other words it would have got an acknowledgement.",
        "automatic_answer": "In other words it would have gone to the customer.",
        "empty_answer": "Words above the quoted mail would have gone to the customer.",
        "command": "Without that line the rest would have gone to the customer.",
        "repeated_answer": "Written anew it would have gone to the customer.",
        "forwarded_mail": "As an answer to the notification, without `Fwd:` in its subject, it "
        "would have gone to the customer.",
    },
    phrases=_PHRASES,
    rules=RULES_ENGLISH,
)
