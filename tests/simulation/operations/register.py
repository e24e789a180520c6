"""The list of everything that can happen, with how often."""

from collections.abc import Callable

from tests.simulation.life import Attempt, Life

Operation = Callable[[Life], Attempt | None]
OPERATIONS: dict[Operation, int] = {}


def operation(weight: int) -> Callable[[Operation], Operation]:
    """Let this happen, so often among the others."""

    def register(function: Operation) -> Operation:
        OPERATIONS[function] = weight
        return function

    return register
