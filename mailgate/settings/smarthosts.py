"""Mistakes in `[outbound.smarthost]` and `[[smarthost]]`."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from mailgate.settings.errors import Problem
from mailgate.settings.files import authority_problems, password_problems, secret_problems
from mailgate.settings.lines import Path as KeyPath
from mailgate.settings.model import Settings
from mailgate.settings.outbound import SmarthostSettings


def every_smarthost(settings: Settings) -> Iterator[tuple[KeyPath, SmarthostSettings]]:
    """The one for all mail, and those with names."""
    yield ("outbound", "smarthost"), settings.outbound.smarthost
    for index, named in enumerate(settings.smarthost):
        yield ("smarthost", index), named


def smarthost_problems(settings: Settings) -> Iterator[Problem]:
    """Logins that are none, or that everybody on the way would hear."""
    for path, smarthost in every_smarthost(settings):
        yield from _login(path, smarthost)
        if smarthost.oauth2 is not None:
            yield from token_url_problems((*path, "oauth2"), smarthost.oauth2.token_url)


def smarthost_files(settings: Settings) -> Iterator[Problem]:
    """Files of theirs that cannot be read, or that everybody can read."""
    for path, smarthost in every_smarthost(settings):
        yield from password_problems((*path, "password_file"), smarthost.password_file)
        yield from authority_problems((*path, "ca_file"), smarthost.ca_file)
        oauth2 = smarthost.oauth2
        if oauth2 is not None:
            yield from secret_problems(
                (*path, "oauth2", "client_secret_file"), oauth2.client_secret_file
            )
            yield from secret_problems(
                (*path, "oauth2", "refresh_token_file"), oauth2.refresh_token_file
            )


def _login(path: KeyPath, smarthost: SmarthostSettings) -> Iterator[Problem]:
    secrets = [each for each in (smarthost.password_file, smarthost.oauth2) if each is not None]
    if len(secrets) > 1:
        yield Problem(path, "has both password_file and oauth2; leave one of them out")
    elif smarthost.username is None and secrets:
        what = "password_file" if smarthost.oauth2 is None else "oauth2"
        yield Problem(path, f"has {what} and no username; write the login as username")
    elif smarthost.username is not None and not secrets:
        yield Problem(
            path,
            "has a username and nothing to log in with; write password_file or oauth2, or leave "
            "username out",
        )
    elif secrets and smarthost.tls == "none" and not is_local(smarthost.host):
        yield Problem(
            (*path, "tls"),
            'a password would go over the network in clear; write "starttls" or "implicit"',
        )


def token_url_problems(path: KeyPath, token_url: str) -> Iterator[Problem]:
    """HTTPS, or HTTP on this machine: a secret goes there."""
    if not _is_private(token_url):
        yield Problem((*path, "token_url"), "is no https:// address; write the provider's")


def _is_private(token_url: str) -> bool:
    try:
        url = urlsplit(token_url)
        host, _ = url.hostname, url.port
    except ValueError:
        return False
    return host is not None and (url.scheme == "https" or (url.scheme == "http" and is_local(host)))


def is_local(host: str) -> bool:
    """Is it this machine?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
