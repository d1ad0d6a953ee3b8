"""HTTP: health, readiness, metrics. FastAPI and uvicorn are imported by `serve` alone."""
