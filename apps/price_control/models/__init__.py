"""Price control (价格管控): what somebody did, what followed, and what they say to it."""

from apps.price_control.models.appeals import Appeal, AppealAnswer
from apps.price_control.models.files import ViolationFile
from apps.price_control.models.ladders import Action, Ladder
from apps.price_control.models.violations import Measure, Violation

__all__ = ["Action", "Appeal", "AppealAnswer", "Ladder", "Measure", "Violation", "ViolationFile"]
