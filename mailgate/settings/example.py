"""Makes `config/mailgate.toml` and docs/operators/settings.md from the settings.

`python -m mailgate.settings.example` prints the one, with `--docs` the other.
"""

import sys
import textwrap
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from mailgate.settings.loading import is_list, model_of, parse
from mailgate.settings.model import Settings
from mailgate.settings.section import Section
from mailgate.settings.showing import Plain, field_value, toml_value
from mailgate.settings.units import Kind

Values = dict[str, Any]

_DEMO: dict[str, tuple[Values, ...]] = {
    "gateway": ({"hostname": "mail.acme.example"},),
    "listen": (
        {"protocol": "smtp", "address": "127.0.0.1:2525", "trusted_networks": ["127.0.0.0/8"]},
        {"protocol": "lmtp", "address": "127.0.0.1:2424", "trusted_networks": ["127.0.0.0/8"]},
    ),
    "mailbox": (
        {
            "name": "support-gmail",
            "host": "imap.example.com",
            "username": "support@acme.example",
            "password_file": "etc/support.password",
            "address": "support@acme.example",
        },
    ),
    "address": (
        {
            "address": "support@acme.example",
            "name": "Acme Support",
            "brand": "acme",
            "group": "support",
        },
    ),
    "group": ({"name": "support", "members": ["alice@acme.example", "bob@acme.example"]},),
    "agent": (
        {"address": "alice@acme.example", "name": "Alice Kim"},
        {"address": "bob@acme.example", "name": "Bob Lee"},
    ),
    "smarthost": (
        {
            "name": "naver",
            "host": "smtp.naver.example",
            "port": 465,
            "tls": "implicit",
            "username": "acme",
            "password_file": "etc/naver.password",
        },
    ),
    "rule": (
        {
            "name": "refunds first",
            "when": "new",
            "subject": ["refund"],
            "set_priority": "high",
            "add_tag": ["refund"],
        },
    ),
    "view": ({"name": "unanswered", "group": "support", "waiting": True},),
    "hours": (
        {
            "name": "office",
            "timezone": "Asia/Seoul",
            **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:00-18:00"),
            "holidays": ["01-01", "2026-02-16..2026-02-18"],
        },
    ),
    "response": (
        {
            "name": "usual",
            "hours": "office",
            "first": "4h",
            "next": "8h",
            "solve": "3d",
            "escalate_after": "2h",
        },
    ),
    "dkim": ({"domain": "acme.example", "selector": "mailgate", "key_file": "etc/dkim/acme.pem"},),
    "destination": (
        {"domains": ["gmail.com", "googlemail.com"], "pace": "10/min, burst 20", "connections": 5},
    ),
}
"""A desk to try mailgate out with; everything else has its default."""

_OFF = frozenset(
    {"mailbox", "hours", "response", "rule", "view", "smarthost", "dkim", "destination"}
)
"""Tables that stand in the example commented out."""

_TOP = """\
# mailgate's settings. This file is made from mailgate/settings/model.py and shows every
# setting; what has no need to differ can be left out. Lines that start with # and no space
# are settings that are off. `mailgate check-config` names every mistake.
# Durations are "90s", "10m", "12h", "30d"; sizes "25MB". Relative paths start at the
# directory that mailgate is started in.
"""


_BELOW_DATA_DIR = frozenset({"secret_file", "url", "maildir"})
"""Shown and not set: what is not named stands in data_dir, wherever that is."""


def render_example() -> str:
    """The text of `config/mailgate.toml`: complete, commented, a desk to try out."""
    parts = [_TOP]
    for name, field in Settings.model_fields.items():
        section = _section(field)
        for index, values in enumerate(_DEMO.get(name, ({},))):
            header = f"[[{name}]]" if is_list(field.annotation) else f"[{name}]"
            if index == 0:
                parts.append(_full(header, section, values, off=name in _OFF))
            else:
                parts.append(_short(header, values))
    return "\n".join(parts)


def _section(field: FieldInfo) -> type[Section]:
    section = model_of(field.annotation)
    assert section is not None, "every field of Settings is a table"
    return section


def _full(header: str, section: type[Section], values: Values, *, off: bool) -> str:
    """A table with a comment for each key, and its sub-tables."""
    mark = "#" if off else ""
    lines = [*_comment(section.__doc__ or ""), f"{mark}{header}"]
    below = []
    for name, field in section.model_fields.items():
        inner = model_of(field.annotation)
        if inner is not None and field.default is not None:
            below.append(_full(f"{header[:-1]}.{name}]", inner, {}, off=off))
            continue
        lines += _comment(_sentence(field))
        value, given = _shown(name, field, values)
        lines.append(f"{mark if given else '#'}{name} = {toml_value(value)}")
    return "\n".join([*lines, "", *below])


def _short(header: str, values: Values) -> str:
    return "\n".join([header, *(f"{k} = {toml_value(v)}" for k, v in values.items()), ""])


def _shown(name: str, field: FieldInfo, values: Values) -> tuple[Plain, bool]:
    """The value to show, and whether it is one that is set."""
    if name in values:
        return values[name], True
    if field.default is None and field.examples:
        return field.examples[0], False
    value = field_value(field, field.get_default(call_default_factory=True))
    return value, name not in _BELOW_DATA_DIR


def _sentence(field: FieldInfo) -> str:
    choices = _choices(field.annotation)
    return (
        f"{field.description} One of: {', '.join(choices)}." if choices else str(field.description)
    )


def _choices(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401  a type expression
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for inner in get_args(annotation) if (found := _choices(inner))), ())


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), width=96, initial_indent="# ", subsequent_indent="# "
    )


def demo() -> Settings:
    """The settings of the example: what `mailgate serve` runs on when there is no file."""
    return parse(render_example().encode(), source="the built-in example")


# --- the page for operators -----------------------------------------------------------


def render_docs() -> str:
    """The text of docs/operators/settings.md."""
    parts = [_DOCS_TOP]
    for name, field in Settings.model_fields.items():
        header = f"[[{name}]]" if is_list(field.annotation) else f"[{name}]"
        parts.append(_page(header, _section(field)))
    return "\n".join(parts)


def _page(header: str, section: type[Section]) -> str:
    about = " ".join((section.__doc__ or "").split())
    lines = [
        f"## {header}",
        "",
        about,
        "",
        "| key | takes | default | meaning |",
        "|---|---|---|---|",
    ]
    below = []
    for name, field in section.model_fields.items():
        inner = model_of(field.annotation)
        if inner is not None:
            below.append(_page(f"{header.rstrip(']')}.{name}{']' * header.count('[')}", inner))
        else:
            lines.append(f"| `{name}` | {_takes(field)} | {_default(field)} | {_cell(field)} |")
    return "\n".join([*lines, "", *below])


def _takes(field: FieldInfo) -> str:
    if choices := _choices(field.annotation):
        return ", ".join(f"`{choice}`" for choice in choices)
    kind = _kind(field.metadata) or _kind_of(field.annotation)
    return f"list of {kind}" if is_list(field.annotation) else kind


def _kind(metadata: Any) -> str | None:  # noqa: ANN401  whatever Annotated holds
    return next((entry.text for entry in metadata if isinstance(entry, Kind)), None)


def _kind_of(annotation: Any) -> str:  # noqa: ANN401  a type expression
    if kind := _kind(getattr(annotation, "__metadata__", ())):
        return kind
    plain = {str: "text", int: "number", bool: "`true`, `false`"}
    if annotation in plain:
        return plain[annotation]
    return next((_kind_of(inner) for inner in get_args(annotation)), "text")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field_value(field, field.get_default(call_default_factory=True))
    return "none" if value is None else f"`{toml_value(value)}`"


def _cell(field: FieldInfo) -> str:
    return str(field.description).replace("|", "\\|")


_DOCS_TOP = """\
# Settings

This page is made from `mailgate/settings/model.py`. `config/mailgate.toml` shows every setting
in place. Which file is read: `--config FILE`, else `$MAILGATE_CONFIG`, else
`config/mailgate.toml`, else `/etc/mailgate/mailgate.toml`.

- `mailgate check-config` names every mistake with file, key and line, and exits 1 when there is
  one; `mailgate check-config --print` shows the settings in use with secrets hidden.
- In messages, tables that can be repeated are counted from 1: `address[2].group` is the group of
  the second `[[address]]`.
- An unknown key is an error. Durations are `"90s"`, `"10m"`, `"12h"`, `"30d"`. Sizes are `"25MB"`
  (1 MB = 1,000,000 bytes; KiB, MiB, GiB count in 1,024).
- Relative paths start at the directory that mailgate is started in. What is not set and depends
  on a folder (`secret_file`, `url`, `maildir`) stands in `data_dir`.
- A file with a password must not be open to everybody (`chmod o=`); its group may read it.
- SIGHUP reloads `[[address]]`, `[[group]]`, `[[agent]]`, `[[mailbox]]`, `[[dkim]]`,
  `[[hours]]`, `[[response]]`, `[[smarthost]]`,
  `[[destination]]`, `[threading]`, `[loops]`, `[agents]`, `[desk]`, `[survey]`, `[[rule]]`,
  `[[view]]`, `[ratelimit]`; the rest needs a restart. A file with a mistake changes nothing.
"""


if __name__ == "__main__":
    sys.stdout.write(render_docs() if sys.argv[1:] == ["--docs"] else render_example())
