"""The figures of a report as a JSON document, and as the columns of a table."""

from datetime import timedelta

from mailgate.api.shapes import Json
from mailgate.model.figures import Figures, Spans, Voted

__all__ = ["columns", "figures"]


def figures(of: Figures) -> Json:
    """Times in whole seconds."""
    return {
        "new": of.new,
        "by_source": {source.value: number for source, number in of.by_source.items()},
        "started": of.started,
        "answers": of.answers,
        "first_response": _spans(of.first_response),
        "resolution": _spans(of.resolution),
        "replies_per_ticket": of.replies_per_ticket,
        "one_touch": of.one_touch,
        "reopened": of.reopened,
        "waiting": of.waiting,
        "longest_wait": _seconds(of.longest_wait),
        "satisfaction": _voted(of.voted),
    }


def _spans(of: Spans) -> Json:
    return {
        "tickets": of.count,
        "median": _seconds(of.median),
        "p90": _seconds(of.p90),
        "work_median": _seconds(of.work_median),
        "work_p90": _seconds(of.work_p90),
    }


def _voted(of: Voted) -> Json:
    return {"good": of.good, "ok": of.ok, "bad": of.bad, "percent": of.percent}


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def columns(document: Json) -> dict[str, object]:
    """The same without tables in tables: `first_response_median`. The sources are left out: they
    are not the same in every row."""
    flat: dict[str, object] = {}
    for name, value in document.items():
        if name == "by_source":
            continue
        if isinstance(value, dict):
            flat |= {f"{name}_{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat
