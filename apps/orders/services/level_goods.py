"""A level with everything that belongs to it, goods included, saved in one step."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.distributors.models import Level, LevelCondition
from apps.distributors.services.levels import (
    ConditionTerms,
    LevelRefused,
    LevelTerms,
    save_level,
)
from apps.merchants.models import Merchant
from apps.orders.models import LevelGoods
from apps.products.models import Category, Product

Use = LevelGoods.Use


@dataclass(frozen=True, kw_only=True)
class Goods:
    """Categories, each with everything below it, and single products."""

    categories: Sequence[Category] = field(default_factory=tuple)
    products: Sequence[Product] = field(default_factory=tuple)

    def __bool__(self) -> bool:
        return bool(self.categories or self.products)


@transaction.atomic
def save_level_with_goods(
    *,
    merchant: Merchant,
    code: str,
    name: str,
    rank: int,
    terms: LevelTerms,
    conditions: Sequence[ConditionTerms],
    may_sell: Goods,
    counted: Goods,
    level: Level | None = None,
) -> Level:
    """`save_level`, with the goods its people may sell and those whose purchase counts.

    Goods are kept only where the terms or a condition ask for them, and then must be named: raises
    LevelRefused where they are missing or another merchant's, and as `save_level` does.
    """
    buys = any(each.kind == LevelCondition.Kind.PURCHASES for each in conditions)
    if terms.goods == Level.Goods.CHOSEN and not may_sell:
        raise LevelRefused(_("Choose the categories or products that may be sold."))
    if buys and not counted:
        raise LevelRefused(_("Choose the categories or products whose purchase counts."))
    _check_walls(merchant, [may_sell, counted])
    saved = save_level(
        merchant=merchant,
        level=level,
        code=code,
        name=name,
        rank=rank,
        terms=terms,
        conditions=conditions,
    )
    with scope(merchant=merchant):
        LevelGoods.objects.filter(level=saved).delete()
        if terms.goods == Level.Goods.CHOSEN:
            _add(saved, Use.SELL, may_sell)
        if buys:
            _add(saved, Use.COUNT, counted)
    return saved


def _check_walls(merchant: Merchant, goods: Sequence[Goods]) -> None:
    for each in goods:
        for one in (*each.categories, *each.products):
            if one.merchant_id != merchant.pk:
                raise LevelRefused(_("These goods belong to another merchant."))


def _add(level: Level, use: str, goods: Goods) -> None:
    ways = [{"category": each} for each in goods.categories]
    ways += [{"product": each} for each in goods.products]
    LevelGoods.objects.bulk_create(
        LevelGoods(merchant_id=level.merchant_id, level=level, use=use, **way) for way in ways
    )
