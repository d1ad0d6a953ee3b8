"""Texts with names in them: `{{ name }}`, and `{% if name %}` around what is not always said.

Jinja2 in its sandbox, and of its language no more than that: no calls, no attributes, no loops,
nothing that reads another file. So a template can take no time, and whatever a name stands for is
a value: words of a stranger are never read as a template.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # 60 ms, which a command that writes no mail need not wait for
    from jinja2 import Template as Compiled
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["TemplateError", "TemplateText", "check_dollars"]

_HOLE = "\0"
"""Stands for the words that a template carries: no text that was read holds it."""
_TEXT = "text"
_ALONE = re.compile(r"^[ \t]*(\{%(?:[^%]|%(?!\}))*%\})[ \t]*\n", re.MULTILINE)
"""A line with nothing on it but `{% … %}` is none in the mail; the lines keep their numbers."""
_KNOWN_NODES = frozenset(
    {"And", "Compare", "Const", "If", "Name", "Not", "Operand", "Or", "Output", "Template"}
    | {"TemplateData"}
)


class TemplateError(ValueError):
    """A template that cannot be used; `str()` names the file and the mistake."""


class TemplateText:
    """One text of a template. It is read when it is first needed: TemplateError then, or from
    `check`. `where` names its file, `line` is where in it the text begins."""

    __slots__ = ("_compiled", "_known", "_line", "_source", "_where")

    def __init__(self, source: str, known: Iterable[str], where: str, line: int = 1) -> None:
        self._source, self._known = source, frozenset(known)
        self._where, self._line = where, line
        self._compiled: Compiled | None = None

    def check(self) -> None:
        """TemplateError when there is a mistake in it."""
        self._ready()

    def fill(self, names: Mapping[str, str]) -> str:
        """The text with these in their places."""
        return self._ready().render(names)

    def fill_around(self, names: Mapping[str, str]) -> tuple[str, str]:
        """What stands before and after the words that it carries (`{{ text }}`)."""
        head, _, tail = self._ready().render({**names, _TEXT: _HOLE}).partition(_HOLE)
        return head, tail

    def _ready(self) -> "Compiled":
        if self._compiled is None:
            self._compiled = self._compile()
        return self._compiled

    def _compile(self) -> "Compiled":
        from jinja2 import TemplateSyntaxError, nodes  # noqa: PLC0415  see above

        try:
            tree = _environment().parse(_ALONE.sub(r"\1{#\n#}", self._source))
        except TemplateSyntaxError as error:
            raise self._mistake(error.lineno, error.message or "cannot be read") from None
        self._check_nodes(tree)
        names = list(tree.find_all(nodes.Name))
        for name in names:
            if name.name not in self._known:
                known = ", ".join(f"{{{{ {each} }}}}" for each in sorted(self._known))
                unknown = f"unknown name {{{{ {name.name} }}}}; known here: {known}"
                raise self._mistake(name.lineno, unknown)
        if _TEXT in self._known:
            self._check_text(tree, [name for name in names if name.name == _TEXT])
        return _environment().from_string(tree)

    def _check_nodes(self, tree: "nodes.Template") -> None:
        from jinja2 import nodes  # noqa: PLC0415  see above

        for node in tree.find_all(nodes.Node):
            if type(node).__name__ not in _KNOWN_NODES:
                raise self._mistake(
                    node.lineno, "only {{ name }} and {% if name %} ... {% endif %} can stand here"
                )
        # What a name stands for is a text. `{% if ticket > 5 %}` would fail in every mail.
        for compared in tree.find_all(nodes.Compare):
            for side in (compared.expr, *(each.expr for each in compared.ops)):
                is_text = isinstance(side, nodes.Const) and isinstance(side.value, str)
                if not is_text and not isinstance(side, nodes.Name):
                    said = "a name can only be compared with a name, or with a text in quotes"
                    raise self._mistake(compared.lineno, said)

    def _check_text(self, tree: "nodes.Template", found: "list[nodes.Name]") -> None:
        from jinja2 import nodes  # noqa: PLC0415  see above

        outputs = [part for part in tree.body if isinstance(part, nodes.Output)]
        shown = [name for part in outputs for name in part.nodes if name in found]
        if len(found) != 1 or len(shown) != 1:
            said = "the body must hold {{ text }} exactly once, and outside of {% if %}"
            raise TemplateError(f"{self._where}: {said}")

    def _mistake(self, line: int, said: str) -> TemplateError:
        return TemplateError(f"{self._where}: line {line + self._line - 1}: {said}")


@cache
def _environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined  # noqa: PLC0415  see above
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415  see above

    # No escaping: these are texts, and what makes HTML of them escapes all of it. No loader:
    # nothing can be included.
    made = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
    made.globals.clear()
    made.filters.clear()
    return made


def check_dollars(text: str, known: Iterable[str], where: str) -> None:
    """TemplateError where a name stands as it was written once: it would be sent as it is."""
    old = re.search(rf"\$\{{?({'|'.join(sorted(known))})\b", text)
    if old is not None:
        line = text.count("\n", 0, old.start()) + 1
        said = f"write {{{{ {old[1]} }}}} instead of ${old[1]}"
        raise TemplateError(f"{where}: line {line}: {said}")
