"""Commissions as others see them: rows, explanations, and proof that both agree."""

from apps.commissions.selectors.auditing import AuditCount, audit_commissions
from apps.commissions.selectors.comparing import SENTENCES, Difference
from apps.commissions.selectors.explanation import (
    OrderExplanation,
    explain_for_distributor,
    explain_order,
)
from apps.commissions.selectors.explanation_text import explanation_text
from apps.commissions.selectors.moved_sales import MovedSales, moved_sales
from apps.commissions.selectors.rows import (
    COLUMNS,
    PENDING,
    RELEASED,
    commission_rows,
    day_bounds,
    rows_of,
    with_state,
)

__all__ = [
    "COLUMNS",
    "PENDING",
    "RELEASED",
    "SENTENCES",
    "AuditCount",
    "Difference",
    "MovedSales",
    "OrderExplanation",
    "audit_commissions",
    "commission_rows",
    "day_bounds",
    "explain_for_distributor",
    "explain_order",
    "explanation_text",
    "moved_sales",
    "rows_of",
    "with_state",
]
