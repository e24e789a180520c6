"""The ranking on the page and in the file it offers are the same figures."""

import csv
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.commissions.services.stages import run_due
from tests.factories import OrderFactory, OrderLineFactory, SkuFactory


@pytest.fixture
def sales(house) -> None:
    """¥1,234.50 by the leader, ¥266.40 by the seller below."""
    with scope(merchant=house.merchant):
        for seller, price in [(house.leader, "1234.50"), (house.seller, "266.40")]:
            order = OrderFactory(
                distributor=seller, placed_at=timezone.now() - timedelta(minutes=1)
            )
            OrderLineFactory(order=order, sku=SkuFactory(price=Decimal(price)))
        run_due(merchant=house.merchant)


def test_the_page_equals_the_file(house, sales, office):
    operator = office(house.operator)
    operator.open(reverse("console:ranking"))
    shown = [operator.cells(row) for row in operator.page.locator(".c-table tbody tr").all()]
    # 12 % of 1234.50 and 5 % of 266.40; 12 % of 266.40.
    assert shown == [
        ["1", "李强 D0001", "金牌", "¥1,234.50", "¥1,500.90", "1", "¥161.46"],
        ["2", "王芳 D0002", "—", "¥266.40", "¥266.40", "1", "¥31.97"],
    ]

    with operator.page.expect_download() as download:
        operator.page.get_by_role("link", name="Download CSV").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [as_shown(row) for row in rows] == [cells[:2] + cells[3:] for cells in shown]


def as_shown(row: dict[str, str]) -> list[str]:
    """A row of the file as the page writes it, without the level."""
    own, team, earned = (
        f"¥{Decimal(row[key]):,.2f}" for key in ("own_sales", "team_sales", "commission")
    )
    return [row["rank"], f"{row['name']} {row['code']}", own, team, row["orders"], earned]


def test_a_period_that_ends_before_it_begins_is_refused(house, office):
    operator = office(house.operator)
    operator.open(reverse("console:ranking") + "?from=2026-03-02&to=2026-03-01")

    assert operator.page.get_by_role("alert").count() == 1
    assert not operator.page.locator(".c-table").count()
