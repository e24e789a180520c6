"""Every change of a joining policy or an application.

Lock order: named locks, the application, then what registering takes (the tree).
"""

from apps.joining.services.policies import save_policy
from apps.joining.services.refusals import JoiningRefused
from apps.joining.services.revealing import Identity, reveal_identity
from apps.joining.services.reviewing import (
    approve_application,
    ask_for_changes,
    reject_application,
)
from apps.joining.services.submitting import (
    Filled,
    resubmit_application,
    submit_application,
    withdraw_application,
)

__all__ = [
    "Filled",
    "Identity",
    "JoiningRefused",
    "approve_application",
    "ask_for_changes",
    "reject_application",
    "resubmit_application",
    "reveal_identity",
    "save_policy",
    "submit_application",
    "withdraw_application",
]
