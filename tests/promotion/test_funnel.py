"""From click to money: each figure by its definition, summed up by link and by material."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django_scopes import scope

from apps.distributors.services.binding import bind_by_hand
from apps.distributors.services.binding_policy import set_binding_policy
from apps.promotion.models import Click
from apps.promotion.selectors.funnel import (
    Funnel,
    Period,
    clicks_by_day,
    funnels,
    ranked_by_clicks,
    whole_funnel,
)
from apps.promotion.services.clicks import Visit, record_click
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import save_material
from apps.promotion.services.retention import forget_old_clicks
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
)

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), ZONE)
NOON = datetime(2026, 3, 10, 12, tzinfo=ZONE)


@pytest.fixture
def person(merchant):
    return DistributorFactory()


@pytest.fixture
def link(person):
    return ensure_link(distributor=person, kind="shop")


def click(person, visitor="v", at=NOON, link=None, customer=None):
    row = record_click(
        distributor=person, visit=Visit(visitor, "phone"), target="/", link=link, at=at
    )
    if customer:
        Click.objects.filter(pk=row.pk).update(customer=customer)
    return row


def order(person, customer, at, price="50.00", **values):
    placed = OrderFactory(distributor=person, customer=customer, placed_at=at, **values)
    OrderLineFactory(order=placed, sku=SkuFactory(price=Decimal(price)), quantity=2)
    return placed


def test_each_figure_by_its_definition(person, link, django_assert_num_queries):
    buyer, looker = CustomerFactory(), CustomerFactory()
    click(person, "a", link=link, customer=buyer)
    click(person, "a", at=NOON + DAY, link=link, customer=buyer)
    click(person, "b", link=link, customer=looker)
    click(person, "c", link=link)
    click(DistributorFactory(), "d")
    order(person, buyer, NOON + 2 * DAY)
    order(person, buyer, NOON + 3 * DAY, pending=True)
    order(person, buyer, NOON + 4 * DAY, status="cancelled")
    # Before the click, and for somebody else: not brought by it.
    order(person, buyer, NOON - DAY)
    order(DistributorFactory(), buyer, NOON + DAY)
    set_binding_policy(merchant=person.merchant, actor=None, rule="first_touch")
    bind_by_hand(customer=buyer, distributor=person, reason="x", actor=None)
    bind_by_hand(customer=looker, distributor=DistributorFactory(), reason="x", actor=None)

    with django_assert_num_queries(3):
        found = funnels(MARCH, by="link")

    expected = Funnel(clicks=4, visitors=3, bound=1, orders=3, paid=1, sales=Decimal("100.00"))
    assert found == {link.pk: expected}
    with django_assert_num_queries(3):
        assert whole_funnel(MARCH, person) == expected
    assert whole_funnel(MARCH).clicks == 5


def test_an_order_counts_for_the_last_click_before_it_alone(person, link, merchant):
    buyer = CustomerFactory()
    words = save_material(merchant=merchant, kind="text", title="Words", text="x")
    later = ensure_link(distributor=person, kind="shop", material=words)
    click(person, link=link, customer=buyer)
    click(person, at=NOON + DAY, link=later, customer=buyer)
    order(person, buyer, NOON + 2 * DAY, price="30.00")
    click(person, at=NOON + 3 * DAY, link=link, customer=buyer)

    by_link = funnels(MARCH, by="link", distributor=person)

    assert {key: (each.clicks, each.orders, each.sales) for key, each in by_link.items()} == {
        link.pk: (2, 0, Decimal("0.00")),
        later.pk: (1, 1, Decimal("60.00")),
    }
    by_material = funnels(MARCH, by="material")
    assert by_material == {words.pk: by_link[later.pk]}
    by_person = funnels(MARCH, by="distributor")
    assert (by_person[person.pk].clicks, by_person[person.pk].orders) == (3, 1)
    assert funnels(MARCH, by="link", keys=[later.pk]) == {later.pk: by_link[later.pk]}


def test_days_are_the_merchants_and_both_ends_count(person):
    first = datetime(2026, 3, 1, tzinfo=ZONE)
    for at in (first - timedelta(seconds=1), first, first + 31 * DAY - timedelta(seconds=1)):
        click(person, at=at)
    click(person, at=first + 31 * DAY)

    assert whole_funnel(MARCH).clicks == 2
    days = clicks_by_day(MARCH)
    assert (len(days), days[0], days[-1]) == (31, (date(2026, 3, 1), 1), (date(2026, 3, 31), 1))
    assert sum(count for _day, count in days) == 2


def test_the_most_clicked_come_first_and_clicks_without_a_link_are_left_out(person, link):
    other = ensure_link(distributor=DistributorFactory(), kind="shop")
    click(person)
    click(person, link=link)
    for visitor in "xy":
        click(other.distributor, visitor, link=other)

    rows = list(ranked_by_clicks(MARCH, "link"))

    assert rows == [
        {"key": other.pk, "clicks": 2, "visitors": 2},
        {"key": link.pk, "clicks": 1, "visitors": 1},
    ]


def test_nothing_is_a_funnel_of_zeros(person):
    assert whole_funnel(MARCH) == Funnel()
    assert funnels(MARCH, by="link") == {}


def test_another_merchants_clicks_are_not_counted(person):
    with scope(merchant=MerchantFactory()):
        click(DistributorFactory())

    assert whole_funnel(MARCH).clicks == 0


def test_retention_changes_no_figure_but_visitors_met_on_both_sides(person, link, merchant):
    buyer = CustomerFactory()
    click(person, "a", link=link, customer=buyer)
    click(person, "b", link=link)
    order(person, buyer, NOON + DAY)
    before = funnels(MARCH, by="link")

    forget_old_clicks(merchant=merchant, as_of=NOON + 500 * DAY)

    assert Click.objects.filter(forgotten_at=None).count() == 0
    assert funnels(MARCH, by="link") == before
