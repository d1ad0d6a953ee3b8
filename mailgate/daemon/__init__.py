"""The composition root: the one room that knows everybody.

Each module is imported by its own name: the doors and the web server that `serve` needs are more
than a command should have to load that only reads the store, and the store more than the doctor
has to of a file with a mistake.
"""
