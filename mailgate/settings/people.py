"""The desk's people and addresses, as the value that deciding modules get."""

from pathlib import Path

from mailgate.model.directory import Agent, Directory, SupportAddress
from mailgate.model.ticket import Role
from mailgate.settings.errors import SettingsError
from mailgate.settings.model import AddressSettings, AgentSettings, Settings


def directory(settings: Settings) -> Directory:
    """Who the desk is. Reads signature files: SettingsError when one cannot be read."""
    agents = {
        address.key: agent
        for agent in map(_agent, settings.agent)
        for address in (agent.address, *agent.also)
    }
    return Directory(
        supports={
            entry.address.key: _support(entry, settings.gateway.locale)
            for entry in settings.address
        },
        agents=agents,
        groups={
            group.name: tuple(dict.fromkeys(agents[member.key] for member in group.members))
            for group in settings.group
        },
        supervisors={
            group.name: tuple(dict.fromkeys(agents[one.key] for one in group.supervisors))
            for group in settings.group
            if group.supervisors
        },
    )


def template_folders(settings: Settings) -> dict[str, Path]:
    """Support addresses (by key) that have words of their own, and where those stand."""
    return {
        entry.address.key: entry.templates
        for entry in settings.address
        if entry.templates is not None
    }


def _agent(entry: AgentSettings) -> Agent:
    return Agent(
        address=entry.address,
        name=entry.name,
        role=Role(entry.role),
        also=entry.also,
        signature=_signature(entry.signature_file),
    )


def _support(entry: AddressSettings, locale: str) -> SupportAddress:
    return SupportAddress(
        address=entry.address,
        name=entry.name,
        brand=entry.brand,
        group=entry.group,
        locale=entry.locale or locale,
        acknowledge=entry.acknowledge,
        ignores_copies=entry.cc == "ignore",
        signature=_signature(entry.signature_file),
    )


def _signature(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8").strip("\n")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"{file}: a signature_file that is no readable UTF-8 text; save it as UTF-8"
        ) from None
