"""What a model cannot say of one value alone: doubles, names that nothing has, secrets."""

import difflib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from mailgate.mail.address import Address
from mailgate.settings.dkim import dkim_problems
from mailgate.settings.doorcheck import listener_problems, password_problems
from mailgate.settings.errors import Problem
from mailgate.settings.files import (
    authority_problems,
    folder_problems,
    readable_problems,
    secret_problems,
)
from mailgate.settings.lines import Path as KeyPath
from mailgate.settings.listeners import ListenSettings
from mailgate.settings.mailboxes import MailboxSettings
from mailgate.settings.model import Settings
from mailgate.settings.rulecheck import rule_notices, rule_problems
from mailgate.settings.schedule import schedule_notices, schedule_problems
from mailgate.settings.section import LOCALPART_LIMIT
from mailgate.settings.smarthosts import (
    is_local,
    smarthost_files,
    smarthost_problems,
    token_url_problems,
)
from mailgate.settings.views import view_problems


def problems(settings: Settings) -> tuple[Problem, ...]:
    """Every mistake that takes more than one value, or a look at the disk, to see."""
    return (
        *_store(settings),
        *_supports(settings),
        *_doubles(settings),
        *_names(settings),
        *schedule_problems(settings),
        *_destinations(settings),
        *_listeners(settings),
        *_mailboxes(settings),
        *smarthost_problems(settings),
        *dkim_problems(settings),
        *_operators(settings),
        *rule_problems(settings),
        *view_problems(settings),
        *_files(settings),
    )


def notices(settings: Settings) -> tuple[str, ...]:
    """What is no mistake and yet not what an operator may expect, one line each."""
    return (
        *_unbelieved(settings),
        *_idle_smarthosts(settings),
        *_forgetful(settings),
        *_unasked(settings),
        *schedule_notices(settings),
        *rule_notices(settings),
    )


def _unbelieved(settings: Settings) -> Iterator[str]:
    named = settings.trusted_authserv_ids
    left = "only signatures prove" if settings.authentication.verify else "nothing proves"
    for index, entry in enumerate(settings.mailbox):
        if entry.trusted and not named:
            yield (
                f"mailbox[{index + 1}]: {entry.name}: nobody's Authentication-Results are "
                f"believed: {left} a sender; name its provider in threading.trusted_authserv_ids"
            )


def _forgetful(settings: Settings) -> Iterator[str]:
    kept, reopen = settings.desk.delete_closed_after, settings.threading.reopen_within
    if kept is not None and kept < reopen:
        yield (
            "desk.delete_closed_after: closed tickets are deleted before threading.reopen_within "
            "is over: an answer after that opens a new ticket"
        )


def _unasked(settings: Settings) -> Iterator[str]:
    said = settings.survey.model_fields_set
    if said and "when" not in said:
        yield 'survey: nobody is asked as long as when is "never"; write when = "resolved"'


def _idle_smarthosts(settings: Settings) -> Iterator[str]:
    transport = settings.outbound.transport
    for index, entry in enumerate(settings.address):
        if entry.smarthost is not None and transport != "smtp":
            yield (
                f"address[{index + 1}]: {entry.address}: smarthost is not used with transport = "
                f'"{transport}"; it is for "smtp"'
            )


def _store(settings: Settings) -> Iterator[Problem]:
    url = settings.store.url
    if not url.startswith(("sqlite:///", "postgresql://")) or not _is_url(url):
        yield Problem(
            ("store", "url"),
            "no database that mailgate knows; write sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST/NAME",
        )
    if settings.store.blobs != "database":
        yield Problem(
            ("store", "blobs"),
            f'"{settings.store.blobs}" is not supported by this version; write "database"',
        )


def _is_url(text: str) -> bool:
    try:
        port = urlsplit(text).port
    except ValueError:
        return False
    return port != 0


def _supports(settings: Settings) -> Iterator[Problem]:
    for index, entry in enumerate(settings.address):
        localpart = entry.address.localpart
        path: KeyPath = ("address", index, "address")
        if len(localpart) > LOCALPART_LIMIT:
            yield Problem(
                path,
                f"the localpart has {len(localpart)} characters, at most {LOCALPART_LIMIT} leave "
                "room for reply tokens; use a shorter alias as the support address",
            )
        if localpart.startswith('"'):
            yield Problem(
                path, "a support address needs no quotes: reply tokens go behind it; use another"
            )
        if "+" in localpart:
            yield Problem(
                path, "a support address has no + in it: reply tokens go behind one; leave it out"
            )


def _addresses(settings: Settings) -> Iterator[tuple[KeyPath, Address]]:
    for index, support in enumerate(settings.address):
        yield ("address", index, "address"), support.address
    for index, agent in enumerate(settings.agent):
        yield ("agent", index, "address"), agent.address
        for position, other in enumerate(agent.also):
            yield ("agent", index, "also", position), other


def _doubles(settings: Settings) -> Iterator[Problem]:
    supports = {entry.address.key for entry in settings.address}
    seen: dict[str, KeyPath] = {}
    for path, address in _addresses(settings):
        first = seen.setdefault(address.key, path)
        if first != path:
            yield Problem(
                path, f"{address} stands in {_place(first)} already; write each address once"
            )
        elif path[0] == "agent" and address.base.key in supports and address.detail is not None:
            yield Problem(
                path,
                f"mail to {address} comes to the support address {address.base}; "
                "give the agent's own mailbox",
            )
    yield from _double_names("group", tuple(entry.name for entry in settings.group))
    yield from _double_names("mailbox", tuple(entry.name for entry in settings.mailbox))
    yield from _double_names("smarthost", tuple(entry.name for entry in settings.smarthost))


def _destinations(settings: Settings) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(settings.destination):
        for position, domain in enumerate(entry.domains):
            first = seen.setdefault(domain, index)
            if first != index:
                yield Problem(
                    ("destination", index, "domains", position),
                    f"{domain} stands in destination[{first + 1}] already; leave one of them out",
                )


def _double_names(table: str, names: tuple[str, ...]) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Problem(
                (table, index, "name"), f'"{name}" is the name of another [[{table}]]; rename one'
            )


def _names(settings: Settings) -> Iterator[Problem]:
    groups = tuple(entry.name for entry in settings.group)
    for index, support in enumerate(settings.address):
        if support.group is not None and support.group not in groups:
            yield Problem(
                ("address", index, "group"),
                f'there is no group "{support.group}"{suggestion(support.group, groups)}; '
                "name a [[group]] or add it",
            )
    yield from _smarthost_names(settings)
    agents = {key.key: str(key) for path, key in _addresses(settings) if path[0] == "agent"}
    named = (
        (index, key, position, member)
        for index, group in enumerate(settings.group)
        for key, people in (("members", group.members), ("supervisors", group.supervisors))
        for position, member in enumerate(people)
    )
    for index, key, position, member in named:
        if member.key not in agents:
            hint = suggestion(str(member), tuple(agents.values()), cutoff=0.9)
            yield Problem(
                ("group", index, key, position),
                f"there is no agent {member}{hint}; add an [[agent]] with this address",
            )


def _smarthost_names(settings: Settings) -> Iterator[Problem]:
    smarthosts = tuple(entry.name for entry in settings.smarthost)
    for index, support in enumerate(settings.address):
        name = support.smarthost
        if name is not None and name not in smarthosts:
            yield Problem(
                ("address", index, "smarthost"),
                f'there is no smarthost "{name}"{suggestion(name, smarthosts)}; name a '
                "[[smarthost]] or add it",
            )


def _listeners(settings: Settings) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(settings.listen):
        first = seen.setdefault(str(entry.address), index)
        if first != index and entry.address.port != 0:
            yield Problem(
                ("listen", index, "address"),
                f"{entry.address} stands in listen[{first + 1}] already; take another port",
            )
        yield from _tls(index, entry)
        yield from listener_problems(index, entry)
    if str(settings.http.listen) in seen and settings.http.listen.port != 0:
        yield Problem(
            ("http", "listen"),
            f"{settings.http.listen} is a listener for mail already; take another port",
        )


def _tls(index: int, entry: ListenSettings) -> Iterator[Problem]:
    for key, path in (("certificate", entry.certificate), ("key", entry.key)):
        if entry.tls == "none" and path is not None:
            yield Problem(
                ("listen", index, key), 'is not used with tls = "none"; set tls or leave it out'
            )
        if entry.tls != "none" and path is None:
            yield Problem(
                ("listen", index, "tls"), f'"{entry.tls}" needs a certificate and a key; add {key}'
            )


def _mailboxes(settings: Settings) -> Iterator[Problem]:
    supports = {entry.address.key for entry in settings.address}
    for index, entry in enumerate(settings.mailbox):
        if entry.address.key not in supports:
            yield Problem(
                ("mailbox", index, "address"),
                f"{entry.address} is no support address; add an [[address]] for it",
            )
        yield from _mailbox_login(index, entry)
        if entry.oauth2 is not None:
            yield from token_url_problems(("mailbox", index, "oauth2"), entry.oauth2.token_url)
        yield from _mailbox_waits(index, entry)
        if entry.after == f"move:{entry.folder}":
            yield Problem(
                ("mailbox", index, "after"),
                f"{entry.folder} is the folder that mail is taken from; move it to another one",
            )
    yield from _same_mailboxes(settings)


def _same_mailboxes(settings: Settings) -> Iterator[Problem]:
    seen: dict[tuple[str, int, str, str], int] = {}
    for index, entry in enumerate(settings.mailbox):
        place = (entry.host, entry.port, entry.username, entry.folder)
        first = seen.setdefault(place, index)
        if first != index:
            yield Problem(
                ("mailbox", index, "folder"),
                f"mailbox[{first + 1}] takes mail from {entry.folder} of {entry.username} already; "
                "leave one of them out",
            )


def _mailbox_waits(index: int, entry: MailboxSettings) -> Iterator[Problem]:
    for key, value in (("timeout", entry.timeout), ("poll_interval", entry.poll_interval)):
        if value < timedelta(seconds=1):
            yield Problem(("mailbox", index, key), 'is too short; write "1s" or more')


def _mailbox_login(index: int, entry: MailboxSettings) -> Iterator[Problem]:
    if (entry.password_file is None) == (entry.oauth2 is None):
        yield Problem(
            ("mailbox", index), "needs either password_file or oauth2; write exactly one of them"
        )
    if entry.tls == "none" and not is_local(entry.host):
        yield Problem(
            ("mailbox", index, "tls"),
            'the login would go over the network in clear; write "implicit" or "starttls"',
        )


def _operators(settings: Settings) -> Iterator[Problem]:
    supports = {entry.address.key for entry in settings.address}
    for index, operator in enumerate(settings.quarantine.operators):
        if operator.base.key in supports:
            yield Problem(
                ("quarantine", "operators", index),
                f"{operator} is a support address: the mail would come back to us; give the "
                "mailbox of a person",
            )


def _files(settings: Settings) -> Iterator[Problem]:
    yield from folder_problems(("gateway", "templates"), settings.gateway.templates)
    yield from folder_problems(("agents", "macros"), settings.agents.macros)
    for index, support in enumerate(settings.address):
        yield from folder_problems(("address", index, "templates"), support.templates)
    for index, entry in enumerate(settings.listen):
        if entry.tls != "none":
            yield from readable_problems(("listen", index, "certificate"), entry.certificate)
            yield from secret_problems(("listen", index, "key"), entry.key)
    for index, agent in enumerate(settings.agent):
        yield from secret_problems(("agent", index, "password_file"), agent.password_file)
        yield from password_problems(index, agent.password_file)
        if agent.signature_file:
            yield from readable_problems(
                ("agent", index, "signature_file"), Path(agent.signature_file)
            )
    for index, mailbox in enumerate(settings.mailbox):
        path: KeyPath = ("mailbox", index)
        yield from secret_problems((*path, "password_file"), mailbox.password_file)
        yield from authority_problems((*path, "ca_file"), mailbox.ca_file)
        if mailbox.oauth2 is not None:
            oauth2 = mailbox.oauth2
            yield from secret_problems(
                (*path, "oauth2", "client_secret_file"), oauth2.client_secret_file
            )
            yield from secret_problems(
                (*path, "oauth2", "refresh_token_file"), oauth2.refresh_token_file
            )
    for index, support in enumerate(settings.address):
        if support.signature_file:
            yield from readable_problems(
                ("address", index, "signature_file"), Path(support.signature_file)
            )
    yield from smarthost_files(settings)


def suggestion(word: str, known: tuple[str, ...], *, cutoff: float = 0.6) -> str:
    """` (did you mean "x"?)` when something known is near, else nothing."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _place(path: KeyPath) -> str:
    table, index = path[0], path[1]
    return f"{table}[{int(index) + 1}]"
