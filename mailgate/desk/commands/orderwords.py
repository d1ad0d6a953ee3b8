"""What an agent is told of commands: what was wrong with them, and which there are. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailgate.desk.commands.orders import ALIASES
from mailgate.desk.commands.wanted import Fault, Trouble
from mailgate.desk.words.frame import one_line
from mailgate.desk.words.state import priority_shown
from mailgate.desk.words.templates import FALLBACK_LOCALE
from mailgate.model.verb import Verb

__all__ = ["files_stay", "forms", "refusal", "what_is_wrong"]

_SHOWN = 200
"""Characters of a line that are shown."""

_FORMS: Mapping[str, Mapping[Verb, tuple[str, str]]] = {
    "en": {
        Verb.NOTE: ("#note", "the rest of the mail is a note for colleagues"),
        Verb.RESOLVE: ("#resolve", "the matter is solved"),
        Verb.CLOSE: ("#close", "the ticket is closed"),
        Verb.PENDING: ("#pending", "it waits for the customer"),
        Verb.OPEN: ("#open", "it is open again"),
        Verb.ASSIGN: ("#assign NAME", "it is this colleague's; `#assign nobody`: nobody's"),
        Verb.ME: ("#me", "it is yours"),
        Verb.GROUP: ("#group NAME", "it is this group's"),
        Verb.PRIORITY: ("#priority P", "low, normal, high or urgent"),
        Verb.TAG: ("#tag T", "it gets a tag; several with commas"),
        Verb.UNTAG: ("#untag T", "it loses a tag"),
        Verb.CC: ("#cc ADDRESS", "gets this answer, and all that follow"),
        Verb.FOLLOW: ("#follow", "you are told of it"),
        Verb.UNFOLLOW: ("#unfollow", "you are told of it no more"),
        Verb.MERGE: ("#merge N", "it becomes part of ticket N"),
        Verb.SPAM: ("#spam", "it is spam: closed, and its sender shut out"),
        Verb.FORWARD: ("#forward ADDRESS", "the customer's mail and your words go there"),
        Verb.NEW: ("#new ADDRESS", "the rest of the mail begins a conversation with them"),
        Verb.MACRO: ("#macro NAME", "a text that stands ready comes here"),
    },
    "ko": {
        Verb.NOTE: ("#note", "이하의 글은 동료만 보는 메모입니다"),
        Verb.RESOLVE: ("#resolve", "해결된 것으로 표시합니다"),
        Verb.CLOSE: ("#close", "티켓을 종료합니다"),
        Verb.PENDING: ("#pending", "고객의 답을 기다립니다"),
        Verb.OPEN: ("#open", "다시 엽니다"),
        Verb.ASSIGN: ("#assign 이름", "동료에게 배정합니다. `#배정 없음`은 배정을 풉니다"),
        Verb.ME: ("#me", "내가 맡습니다"),
        Verb.GROUP: ("#group 이름", "다른 그룹으로 넘깁니다"),
        Verb.PRIORITY: ("#priority 값", "낮음, 보통, 높음, 긴급 (low, normal, high, urgent)"),
        Verb.TAG: ("#tag 이름", "태그를 붙입니다. 여럿은 쉼표로 나눕니다"),
        Verb.UNTAG: ("#untag 이름", "태그를 뗍니다"),
        Verb.CC: ("#cc 주소", "이 답장과 이후의 답장을 함께 받습니다"),
        Verb.FOLLOW: ("#follow", "이 티켓의 소식을 받습니다"),
        Verb.UNFOLLOW: ("#unfollow", "소식을 더 받지 않습니다"),
        Verb.MERGE: ("#merge 번호", "이 티켓을 그 번호의 티켓에 합칩니다"),
        Verb.SPAM: ("#spam", "스팸으로 종료하고 발신자를 차단합니다"),
        Verb.FORWARD: ("#forward 주소", "고객의 메일과 쓰신 글을 그 주소로 보냅니다"),
        Verb.NEW: ("#new 주소", "이하의 글로 그 주소와 새 대화를 시작합니다"),
        Verb.MACRO: ("#macro 이름", "준비된 답변을 이 자리에 넣습니다"),
    },
}


@dataclass(frozen=True, slots=True)
class _Words:
    nothing_done: str
    nobody_got: str
    note_stands: str
    again: str
    again_here: str
    these: str
    files_stay: str
    none: str
    wrong: Mapping[Trouble, str]


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        nothing_done="Nothing in your mail was carried out:",
        nobody_got="Your message went to nobody: neither to the customer nor to colleagues. It is "
        "a note on the ticket.",
        note_stands="Your note is on the ticket, and your colleagues are told of it.",
        again="To have it done, answer once more the mail that you answered: an answer to this one "
        "is a note.",
        again_here="To have it done, answer this mail with the commands at its top: your other "
        "words are a note.",
        these="Commands stand at the top of a mail, one on a line:",
        files_stay="Your commands were carried out. The files that came with them are a note on "
        "the ticket and were not sent to the customer, because your mail has no words for them. To "
        "send the files, answer once more with a line of text.",
        none="none",
        wrong={
            Trouble.UNKNOWN: "this is no command",
            Trouble.BELOW: "it stands below other words; only what stands at the top is obeyed",
            Trouble.HALF: "the formatted half of your mail has it, and the plain half has not",
            Trouble.NEEDS: "something has to stand behind it",
            Trouble.TAKES_NOTHING: "nothing can stand behind it; write your text on the next line",
            Trouble.AGENT_UNKNOWN: "no colleague has this name; there are: {}",
            Trouble.AGENT_AMBIGUOUS: "several colleagues are called so: {}",
            Trouble.GROUP_UNKNOWN: "there is no such group; there are: {}",
            Trouble.PRIORITY_UNKNOWN: "there is no such priority; there are: {}",
            Trouble.MACRO_UNKNOWN: "there is no such macro; there are: {}",
            Trouble.MACRO_UNUSABLE: "the macro has a mistake: {}",
            Trouble.NO_ADDRESS: "this is no address: {}",
            Trouble.ONE_ADDRESS: "one address can stand here",
            Trouble.IS_OURS: "{} is a support address: the mail would come back to the desk",
            Trouble.IS_AGENT: "{} is a colleague, whose address customers do not see; let them "
            "follow the ticket, or assign it to them",
            Trouble.NO_TAG: "a tag has 1 to {} characters",
            Trouble.TAKES_PART: "{} takes part in the ticket: an answer goes there",
            Trouble.NO_TICKET: "there is no such ticket",
            Trouble.NO_NUMBER: "the number of another ticket has to stand behind it",
            Trouble.CONTRADICTS: "it contradicts `{}`",
            Trouble.NOT_ALLOWED: "collaborators may not use it on this desk",
            Trouble.NO_STARTS: "agents begin no conversations here: operators do",
            Trouble.SPAM_ANSWERED: "spam gets no answer; leave out the text, or begin it with "
            "`#note`",
            Trouble.TOO_MANY: "a mail has at most {} commands",
            Trouble.OTHER: "{}",
        },
    ),
    "ko": _Words(
        nothing_done="메일의 명령을 하나도 실행하지 않았습니다.",
        nobody_got="쓰신 글은 고객에게도 동료에게도 보내지 않고 티켓에 메모로 남겼습니다.",
        note_stands="쓰신 메모는 티켓에 남겼고 동료에게 알렸습니다.",
        again="실행하시려면 앞서 답장하신 메일에 다시 답장해 주세요. 이 메일에 답장하시면 "
        "메모가 됩니다.",
        again_here="실행하시려면 이 메일에 답장하면서 맨 위에 명령을 적어 주세요. 함께 쓰신 글은 "
        "메모가 됩니다.",
        these="명령은 메일 맨 위에 한 줄에 하나씩 씁니다.",
        files_stay="명령은 실행했습니다. 함께 보내신 파일은 글이 없어 고객에게 보내지 않고 티켓에 "
        "메모로 남겼습니다. 파일을 보내시려면 글을 한 줄 적어 다시 답장해 주세요.",
        none="없음",
        wrong={
            Trouble.UNKNOWN: "없는 명령입니다",
            Trouble.BELOW: "다른 글 아래에 있습니다. 맨 위에 있는 명령만 실행합니다",
            Trouble.HALF: "메일의 서식 있는 본문에만 있고 일반 텍스트 본문에는 없습니다",
            Trouble.NEEDS: "뒤에 값을 적어야 합니다",
            Trouble.TAKES_NOTHING: "뒤에 아무것도 적을 수 없습니다. 글은 다음 줄에 써 주세요",
            Trouble.AGENT_UNKNOWN: "이런 이름의 동료가 없습니다. 있는 동료: {}",
            Trouble.AGENT_AMBIGUOUS: "이름이 같은 동료가 여럿입니다: {}",
            Trouble.GROUP_UNKNOWN: "없는 그룹입니다. 있는 그룹: {}",
            Trouble.PRIORITY_UNKNOWN: "없는 우선순위입니다. 쓸 수 있는 값: {}",
            Trouble.MACRO_UNKNOWN: "없는 매크로입니다. 있는 매크로: {}",
            Trouble.MACRO_UNUSABLE: "매크로에 잘못이 있습니다: {}",
            Trouble.NO_ADDRESS: "메일 주소가 아닙니다: {}",
            Trouble.ONE_ADDRESS: "주소를 하나만 적을 수 있습니다",
            Trouble.IS_OURS: "{} 주소는 고객 지원 주소라 메일이 되돌아옵니다",
            Trouble.IS_AGENT: "{} 주소는 동료의 것이라 고객에게 보일 수 없습니다. 티켓을 "
            "배정하거나 팔로우하게 해 주세요",
            Trouble.NO_TAG: "태그는 1자에서 {}자까지입니다",
            Trouble.TAKES_PART: "{} 주소는 이 티켓의 참여자이므로 답장으로 보내 주세요",
            Trouble.NO_TICKET: "없는 티켓입니다",
            Trouble.NO_NUMBER: "뒤에 다른 티켓의 번호를 적어야 합니다",
            Trouble.CONTRADICTS: "`{}` 명령과 어긋납니다",
            Trouble.NOT_ALLOWED: "협력자는 쓸 수 없는 명령입니다",
            Trouble.NO_STARTS: "상담원은 새 대화를 시작할 수 없으며 운영자만 할 수 있습니다",
            Trouble.SPAM_ANSWERED: "스팸에는 답장을 보내지 않습니다. 글을 지우거나 `#note`로 "
            "시작해 주세요",
            Trouble.TOO_MANY: "한 메일에 명령은 {}개까지입니다",
            Trouble.OTHER: "{}",
        },
    ),
}


def refusal(
    faults: Iterable[Fault], locale: str, *, note_stands: bool = False, opened: bool = False
) -> str:
    """What the author of commands is told that were not obeyed. `note_stands` says that their
    words went where they should all the same; `opened`, that they answered no mail of ours, and
    have this one alone to answer."""
    words = _words(locale)
    wrong = [f"- {what_is_wrong(fault, locale)}" for fault in faults]
    went = words.note_stands if note_stands else words.nobody_got
    listed = "\n".join((words.these, *_listed(locale)))
    again = words.again_here if opened else words.again
    return "\n\n".join(("\n".join((words.nothing_done, *wrong)), went, again, listed))


def what_is_wrong(fault: Fault, locale: str) -> str:
    """One sentence, behind the line that it is about."""
    words = _words(locale)
    known = fault.known
    if fault.trouble is Trouble.PRIORITY_UNKNOWN:
        known = tuple(priority_shown(one, locale) for one in known)
    why = words.wrong[fault.trouble].format(", ".join(known) or words.none)
    shown = one_line(fault.line, _SHOWN)
    return f"`{shown}`: {why}" if shown else why


def files_stay(locale: str) -> str:
    """What the author is told of files that came with commands alone."""
    return _words(locale).files_stay


def forms(locale: str) -> Mapping[Verb, tuple[str, str]]:
    """How each command is written, and what it does."""
    return _FORMS.get(locale, _FORMS[FALLBACK_LOCALE])


def _listed(locale: str) -> list[str]:
    """Where there is a word for a command in the language, by that, and the other behind it."""
    own = {verb: word for word, verb in reversed(tuple(ALIASES.items()))} if locale == "ko" else {}
    return [
        f"  {_in_words(form, verb, own)}: {does}" for verb, (form, does) in forms(locale).items()
    ]


def _in_words(form: str, verb: Verb, own: Mapping[Verb, str]) -> str:
    return form.replace(f"#{verb}", f"#{own[verb]}", 1) + f" (#{verb})" if verb in own else form


def _words(locale: str) -> _Words:
    return _WORDS.get(locale, _WORDS[FALLBACK_LOCALE])
