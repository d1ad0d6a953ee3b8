"""The doors out: a durable queue, its worker, and the transports."""
