"""Whether the commands of macros can be obeyed on this desk."""

from mailgate.desk.commands.macros import Macro, Macros
from mailgate.desk.commands.orderwords import what_is_wrong
from mailgate.desk.commands.wanted import Fault, faults_of, shown_order
from mailgate.desk.words.templating import TemplateError
from mailgate.model.directory import Directory

__all__ = ["check_macros"]


def check_macros(macros: Macros, directory: Directory) -> None:
    """TemplateError for the first that has a mistake in its text, or a command that cannot be:
    an agent or a group that does not exist."""
    macros.check()
    for macro in macros.every():
        for fault in faults_of(directory, macro.orders):
            line = _line_of(macro, fault)
            raise TemplateError(f"{macro.where}: line {line}: {what_is_wrong(fault, 'en')}")


def _line_of(macro: Macro, fault: Fault) -> int:
    """Of commands that are written alike, the first is the one that is at fault first."""
    shown = [shown_order(order) for order in macro.orders]
    return macro.lines[shown.index(fault.line)]
