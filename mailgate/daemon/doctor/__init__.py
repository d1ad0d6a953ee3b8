"""Looks at everything that mail needs on its way in and out, and says what to do.

Each check reads values (the disk, the database, a server's answers) and hands them to functions
that judge; those are pure. `examine.py` runs the checks, `forwarding.py` sends a probe.
"""
