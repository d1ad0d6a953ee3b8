"""Ids of stored things; integers that cannot be mixed up."""

from typing import NewType

JournalId = NewType("JournalId", int)
TicketId = NewType("TicketId", int)
EntryId = NewType("EntryId", int)
"""A message on a ticket (`Entry`); a Message-ID is the RFC 5322 string, never this."""
OutboundId = NewType("OutboundId", int)
DeliveryId = NewType("DeliveryId", int)
