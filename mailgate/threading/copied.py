"""Whether a mail is for others, and we only got a copy of it: `[[address]] cc = "ignore"`.

What is ignored is seen by nobody, so everything that could mean that somebody wrote to us counts
for that: forwarders and aliases bring mail that names none of our addresses.
"""

from mailgate.mail.address import Address
from mailgate.mail.domains import organisational_domain
from mailgate.mail.parsed import MailKind, ParsedMail
from mailgate.model.directory import Directory


def only_copied(mail: ParsedMail, came_to: tuple[Address, ...], directory: Directory) -> bool:
    """`came_to` are the support addresses that it was delivered to. True when all of them, and
    all that it names, ignore copies, and one of these holds:

    - it is to somebody (To), to none of our addresses, and one of ours is in Cc;
    - it is to somebody, neither To nor Cc names anybody of an organisation of ours, and nothing
      in it says that it was passed on to us (a blind copy).
    """
    ours = [found for address in came_to if (found := directory.support_for(address))]
    if not ours or not all(support.ignores_copies for support in ours):
        return False
    to = [entry.address for entry in mail.to]
    if not to or any(directory.support_for(address) for address in to):
        return False
    cc = [found for entry in mail.cc if (found := directory.support_for(entry.address))]
    if cc:
        return all(support.ignores_copies for support in cc)
    return not (_names_our_organisation(mail, directory) or _was_passed_on(mail, directory))


def _names_our_organisation(mail: ParsedMail, directory: Directory) -> bool:
    """An address beside ours may be an alias of it."""
    ours = {organisational_domain(one.address.domain) for one in directory.supports.values()}
    named = (entry.address.domain for entry in (*mail.to, *mail.cc))
    return any(organisational_domain(domain) in ours for domain in named)


def _was_passed_on(mail: ParsedMail, directory: Directory) -> bool:
    """By a list, a forwarder or an alias."""
    if mail.kind is MailKind.BULK:
        return True
    return any(directory.support_for(address) is None for address in mail.passed_on)
