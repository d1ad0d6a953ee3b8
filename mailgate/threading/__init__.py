"""Which ticket a message belongs to, and with which right. Pure decisions.

The package's name shadows the stdlib's where a file of it is run by path: never do that.
"""
