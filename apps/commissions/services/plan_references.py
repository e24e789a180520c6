"""Whether what a plan document names exists at the merchant."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from apps.commissions.plan_document import PlanProblem
from apps.distributors.models import Distributor, Level
from apps.orders.services.lines import category_paths
from apps.orders.services.lookups import chunks
from apps.products.models import Product, Sku

# Kind of thing, its code, and where the document names it.
Reference = tuple[str, str, str]
RULE_REFERENCES = ("level", "sku", "product", "category")


def unknown_references(*, merchant, document: dict) -> list[PlanProblem]:
    """Every level, SKU, product, category and distributor the merchant does not have, by path.

    Call inside the merchant's scope. One query per kind that is named.
    """
    references = list(_references(document))
    known = {
        kind: _known(merchant, kind, {code for each, code, _path in references if each == kind})
        for kind in {kind for kind, _code, _path in references}
    }
    names = {
        "level": _("level"),
        "sku": _("SKU"),
        "product": _("product"),
        "category": _("category"),
        "distributor": _("distributor"),
    }
    return [
        PlanProblem(
            path,
            _("there is no %(kind)s “%(code)s” at this merchant.")
            % {"kind": names[kind], "code": code},
        )
        for kind, code, path in references
        if code not in known[kind]
    ]


def _references(document: dict) -> Iterator[Reference]:
    for index, rule in enumerate(document["rules"]):
        for kind in RULE_REFERENCES:
            if kind in rule:
                yield kind, rule[kind], f"rules[{index}].{kind}"
    rates = document.get("level_difference", {}).get("rates", ())
    for index, each in enumerate(rates):
        yield "level", each["level"], f"level_difference.rates[{index}].level"
    agents = document.get("regions", {}).get("agents", ())
    for index, each in enumerate(agents):
        yield "distributor", each["distributor"], f"regions.agents[{index}].distributor"


def _known(merchant, kind: str, codes: Iterable[str]) -> set[str]:
    if kind == "category":
        return set(category_paths().values())
    models = {"level": Level, "sku": Sku, "product": Product, "distributor": Distributor}
    rows = models[kind].objects.filter(merchant=merchant).order_by()
    return {
        code
        for part in chunks(sorted(codes))
        for code in rows.filter(code__in=part).values_list("code", flat=True)
    }
