"""The page a distributor opens ten times a day."""

from decimal import Decimal

from django.urls import reverse

from apps.ledger.models import Account
from tests.factories import DistributorFactory
from tests.payouts.money import fund, incur_debt

HOME = "portal:home"


def test_the_figures(client, distributor, sell):
    fund(distributor, "1234.50")
    fund(distributor, "20.00", Account.Kind.PAID)
    sell(distributor, 2)

    response = client.get(reverse(HOME))

    balances = response.context["balances"]
    assert (balances.available, balances.pending) == (Decimal("1234.50"), Decimal("25.00"))
    assert balances.lifetime == Decimal("1279.50")
    assert response.context["today"] == Decimal("25.00")
    html = response.content.decode()
    assert '<p class="figure"><span class="money">¥1,234.50</span></p>' in " ".join(html.split())


def test_the_chart_has_a_bar_for_each_of_30_days(client):
    html = client.get(reverse(HOME)).content.decode()

    assert html.count('class="chart-bar') == 30


def test_latest_earnings_are_mine_and_at_most_five(client, distributor, sell):
    sell(distributor, 6)
    sell(DistributorFactory())

    latest = client.get(reverse(HOME)).context["latest"]

    assert [row.beneficiary_id for row in latest] == [distributor.pk] * 5


def test_a_debt_is_named(client, distributor):
    incur_debt(distributor, "30.00")

    assert "¥30.00" in client.get(reverse(HOME)).content.decode()


def test_the_language_can_be_english(client):
    client.post("/i18n/setlang/", {"language": "en", "next": "/me/"})

    html = client.get(reverse(HOME)).content.decode()

    assert '<html lang="en">' in html
    assert "Withdraw now" in html


def test_a_suspended_distributor_is_told(client, distributor):
    distributor.status = "suspended"
    distributor.save(update_fields=["status"])

    assert "notice-wait" in client.get(reverse(HOME)).content.decode()
