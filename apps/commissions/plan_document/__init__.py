"""The plan document (design §9): JSON in, a checked and normalised document out.

Every fault is found at once and named by its path, e.g. `rules[3].percent`. Nothing here touches
the database: what a rule refers to (levels, SKUs …) is checked by the plan service.
"""

from apps.commissions.plan_document.document import dump_plan_json, parse_plan, parse_plan_json
from apps.commissions.plan_document.reading import PlanProblem, PlanRefused

__all__ = ["PlanProblem", "PlanRefused", "dump_plan_json", "parse_plan", "parse_plan_json"]
