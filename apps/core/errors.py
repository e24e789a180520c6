"""Refusals a person can do something about."""


class Refused(Exception):
    """An operation was refused and changed nothing; the translated message says what to do."""
