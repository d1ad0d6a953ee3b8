"""Whether the commands of macros can be obeyed on this desk."""

from mailgate.desk.commands.macros import Macros
from mailgate.desk.commands.orderwords import what_is_wrong
from mailgate.desk.commands.wanted import faults_of
from mailgate.desk.words.templating import TemplateError
from mailgate.model.directory import Directory

__all__ = ["check_macros"]


def check_macros(macros: Macros, directory: Directory) -> None:
    """TemplateError for the first that has a mistake in its text, or a command that cannot be:
    an agent or a group that does not exist."""
    macros.check()
    for macro in macros.every():
        for fault in faults_of(directory, macro.orders):
            raise TemplateError(f"{macro.where}: {what_is_wrong(fault, 'en')}")
