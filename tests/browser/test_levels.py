"""Levels in a real browser: filled in on the console, reviewed, then seen by the distributor."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Level, LevelGrace
from apps.distributors.services.levels import ConditionTerms, LevelTerms, save_level
from apps.promotion.models import Attribution
from tests.browser.test_look import faults
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories import OrderFactory, OrderLineFactory


def test_a_level_is_filled_in_and_its_rows_come_and_go(house, office):
    window = office(house.operator)
    window.open(reverse("console:new_level"))
    window.fill(name="Platinum", code="platinum", rank="900", badge_text="铂金")
    page = window.page
    for figure in ("1000", "5"):
        page.locator('[data-add-row][value="conditions"]').click()
        page.locator('[name="conditions-number"]:visible').last.fill(figure)
    page.locator("[data-remove-row]:visible").first.click()
    page.locator('[name="conditions-kind"]:visible').select_option("orders")
    window.press("Save level")
    with scope(merchant=house.merchant):
        level = Level.objects.get(code="platinum")
        found = list(level.conditions.values_list("kind", "count"))
    assert window.path == reverse("console:level", args=[level.pk])
    assert found == [("orders", 5)]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_are_sound_on_every_screen(house, visit, viewport):
    with scope(merchant=house.merchant):
        _business(house)
        level, grace = Level.objects.get(code="diamond"), LevelGrace.objects.get()
        change = house.leader.level_changes.create(
            merchant=house.merchant, event=house.leader.events.first(), cause="hand"
        )
    for language in ("zh-hans", "en"):
        mine = visit(user=house.seller.user, viewport=viewport, language=language, bypass_csp=True)
        mine.open(reverse("portal:level"))
        mine.sees("¥600.00", "¥1,000.00")
        assert faults(mine) == []
        window = visit(user=house.operator, viewport=viewport, language=language, bypass_csp=True)
        for address in (
            reverse("console:level", args=[level.pk]),
            reverse("console:edit_level", args=[level.pk]),
            reverse("console:levels_tonight"),
            reverse("console:level_change", args=[change.pk]),
            reverse("console:level_grace", args=[grace.pk]),
        ):
            window.open(address)
            assert window.shown("h2")


def _business(house) -> None:
    """王芳 is on the way to diamond, 李强 has reached it; 王芳 falls short of gold."""
    now = timezone.now()
    gold = Level.objects.get(code="gold")
    sales = {"kind": "own_sales", "period": "month"}
    save_level(
        merchant=house.merchant, level=gold, code="gold", name=gold.name, rank=gold.rank,
        terms=LevelTerms(badge_colour="gold", own_discount=Decimal(5), grace_days=30),
        conditions=[ConditionTerms(**sales, amount=Decimal("700"))],
    )  # fmt: skip
    save_level(
        merchant=house.merchant, code="diamond", name="钻石", rank=10_000,
        terms=LevelTerms(
            badge_colour="blue", own_discount=Decimal("8.5"), default_rate_1=Decimal(12),
            return_quota=Decimal(30), max_direct=20, grace_days=30,
        ),
        conditions=[
            ConditionTerms(**sales, amount=Decimal("1000")),
            ConditionTerms(kind="team_sales", period="quarter", amount=Decimal("1600")),
            ConditionTerms(kind="orders", period="days", days=30, count=3),
        ],
    )  # fmt: skip
    for seller, *amounts in ((house.seller, "600.00"), (house.leader, "700.00", "300.00", "10.00")):
        for amount in amounts:
            order = OrderFactory(distributor=seller, placed_at=now)
            OrderLineFactory(order=order, sku=house.sku, unit_price=Decimal(amount))
            Attribution.objects.create(
                merchant=house.merchant, order=order, distributor=seller, method="order"
            )
    house.seller.level = gold
    house.seller.save()
    condition = {
        "kind": "own_sales", "period": "month", "days": None, "from": "2026-02-01",
        "to": "2026-02-28", "needed": "700.00", "reached": "600.00", "met": False,
    }  # fmt: skip
    today = timezone.localdate()
    LevelGrace.objects.create(
        merchant=house.merchant, distributor=house.seller, level=gold, since=today,
        until=today + timedelta(days=30),
        explanation={"level": "gold", "combine": "all", "conditions": [condition]},
    )  # fmt: skip
