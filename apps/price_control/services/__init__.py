"""Violations of the rules of sale: recorded, decided along a ladder, and appealed.

One lock order: the tree of the distributor, then the violation. A step locks both and reads again,
so that of two people who act at once one is refused.
"""

from apps.price_control.services.appealing import answer_appeal, appeal_violation
from apps.price_control.services.deciding import Proposal, decide_violation, propose_step
from apps.price_control.services.ladders import current_ladder, set_ladder
from apps.price_control.services.recording import record_violation
from apps.price_control.services.refusals import PriceControlRefused

__all__ = [
    "PriceControlRefused",
    "Proposal",
    "answer_appeal",
    "appeal_violation",
    "current_ladder",
    "decide_violation",
    "propose_step",
    "record_violation",
    "set_ladder",
]
