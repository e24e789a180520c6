"""How people become distributors: the merchant's policy, applications, and what came of them."""

from apps.joining.models.applications import Application, Attachment, Submission, new_reference
from apps.joining.models.policies import QUESTIONS, JoiningPolicy
from apps.joining.models.reviews import IdentityReveal, Review

__all__ = [
    "QUESTIONS",
    "Application",
    "Attachment",
    "IdentityReveal",
    "JoiningPolicy",
    "Review",
    "Submission",
    "new_reference",
]
