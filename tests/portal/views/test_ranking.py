"""Where a distributor stands, in the newest saved ranking."""

from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.insights.services.saving_rankings import save_ranking
from tests.factories import DistributorFactory, MerchantFactory
from tests.insights.rows import sell


def test_before_the_first_one_is_saved_the_page_says_so(client):
    html = client.get(reverse("portal:ranking")).content.decode()

    assert "The first one is saved when a month is over." in html


def test_my_places_and_the_best_with_masked_names(client, distributor, merchant):
    better = DistributorFactory(merchant=merchant, code="X", name="欧阳娜娜")
    day = date(2026, 3, 10)
    at = timezone.make_aware(timezone.datetime(2026, 3, 10, 12))
    sell(better, "20.00", at=at)
    sell(distributor, "10.00", at=at)
    save_ranking(merchant=merchant, date_from=day, date_to=day)

    answer = client.get(reverse("portal:ranking"), {"by": "own_sales"})

    places = {key: (figure, rank) for key, _name, figure, rank in answer.context["places"]}
    assert places["own_sales"] == (Decimal("10.00"), 2)
    best = [(row.rank, row.code, figure) for row, figure in answer.context["best"]]
    assert best[:2] == [
        (1, "X", Decimal("20.00")),
        (2, distributor.code, Decimal("10.00")),
    ]
    html = answer.content.decode()
    assert "欧***" in html and "欧阳" not in html
    assert distributor.name in html


def test_another_merchants_ranking_is_not_shown(client):
    other = MerchantFactory()
    with scope(merchant=other):
        save_ranking(merchant=other, date_from=date(2026, 3, 1), date_to=date(2026, 3, 1))

    assert client.get(reverse("portal:ranking")).context["snapshot"] is None
