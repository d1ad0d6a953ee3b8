"""What the outbound worker tells telemetry of attempts."""

from mailgate.model.delivery import Draft, LeasedDelivery
from mailgate.model.delivery_states import FINAL, DeliveryEvent, target
from mailgate.model.settlement import ResultName, Settlement
from mailgate.outbound.recovering import Recovered
from mailgate.store.leases import LOST, LostLease
from mailgate.telemetry.facts import Telemetry

__all__ = ["report_lost", "report_queued", "report_recovered", "report_settled"]


def report_settled(
    telemetry: Telemetry, leased: LeasedDelivery, settlement: Settlement, seconds: float
) -> None:
    """An attempt that took `seconds` has its result in the store."""
    reply = settlement.reply
    telemetry.attempt_finished(
        delivery=leased.id,
        ticket=leased.ticket,
        lane=leased.lane.value,
        result=settlement.result.value,
        attempt=leased.attempts,
        seconds=seconds,
        code=reply.code,
        status=reply.status,
        text=reply.text,
        relay_id=settlement.relay_id,
    )
    state = target(settlement.event)
    if state in FINAL:
        telemetry.delivery_final(
            delivery=leased.id, ticket=leased.ticket, lane=leased.lane.value, state=state.value
        )


def report_queued(telemetry: Telemetry, draft: Draft) -> None:
    """A notice of failure is in the queue."""
    telemetry.queued(
        ticket=draft.ticket,
        lane=draft.lane.value,
        recipients=len(draft.recipients),
        message_id=draft.mail.message_id,
    )


def report_recovered(telemetry: Telemetry, recovered: Recovered) -> None:
    """Leases were taken back."""
    for lease in recovered.lost:
        report_lost(telemetry, lease)
    for lease in recovered.ended:
        expired = target(DeliveryEvent.GAVE_UP)
        telemetry.delivery_final(
            delivery=lease.delivery,
            ticket=lease.ticket,
            lane=lease.lane.value,
            state=expired.value,
        )
    for draft in recovered.told:
        report_queued(telemetry, draft)


def report_lost(telemetry: Telemetry, lost: LostLease) -> None:
    """A lease was taken back from a node that died or hangs."""
    telemetry.lease_lost(delivery=lost.delivery)
    telemetry.attempt_finished(
        delivery=lost.delivery,
        ticket=lost.ticket,
        lane=lost.lane.value,
        result=ResultName.AMBIGUOUS.value,
        attempt=lost.number,
        seconds=0.0,
        code=None,
        status=None,
        text=LOST,
        relay_id=None,
    )
