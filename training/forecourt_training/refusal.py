"""How a command ends when it cannot or must not go on: one line on stderr and an exit code."""


class Unusable(Exception):
    """The input cannot be used: exit code 1."""


class Refused(Exception):
    """The model is not good enough, or not the same as LightFM: exit code 2."""
