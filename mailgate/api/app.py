"""The HTTP application."""

import json
from collections.abc import Callable

from fastapi import FastAPI, Response

from mailgate.api.readiness import Readiness

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def build_app(*, readiness: Readiness, exposition: Callable[[], bytes]) -> FastAPI:
    """Health, readiness and metrics; `exposition` makes the text that Prometheus reads."""
    app = FastAPI(title="mailgate", docs_url=None, redoc_url=None, openapi_url=None)

    async def healthz() -> Response:
        return _json(200, {"status": "ok"})

    async def readyz() -> Response:
        amiss = await readiness.unready()
        if not amiss:
            return _json(200, {"status": "ready", "reasons": []})
        reasons = [{"part": each.part.value, "detail": each.detail} for each in amiss]
        return _json(503, {"status": "unready", "reasons": reasons})

    async def metrics() -> Response:
        return Response(exposition(), media_type=_METRICS_TYPE)

    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/readyz", readyz, methods=["GET"])
    app.add_api_route("/metrics", metrics, methods=["GET"])
    return app


def _json(status: int, document: dict[str, object]) -> Response:
    # ASCII: whatever stands in a detail, the answer can be encoded.
    return Response(json.dumps(document) + "\n", status, media_type="application/json")
