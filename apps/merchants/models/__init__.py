"""The tenants of the site, the staff who run them, and what they agree with their distributors."""

from apps.merchants.models.agreements import Agreement, AgreementAcceptance
from apps.merchants.models.merchants import Merchant, StaffMembership, validate_time_zone

__all__ = [
    "Agreement",
    "AgreementAcceptance",
    "Merchant",
    "StaffMembership",
    "validate_time_zone",
]
