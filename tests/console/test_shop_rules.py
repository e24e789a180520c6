"""What operators set for the shops, and which reviews they let through."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.orders.models import Review, ShippingRegion, ShopSettings
from apps.orders.selectors.delivery import shipping_rules


def rules(**changes):
    return {
        "unpaid_minutes": "45",
        "complete_days": "",
        "shipping_fee": "8.00",
        "free_from": "99.00",
        "delivery_words": "48 小时内发货",
        "return_words": "",
        "surcharge_650000": "12.00",
        "refused_810000": "on",
        "refused_elsewhere": "on",
    } | changes


def test_rules_are_set(client, kit):
    client.force_login(kit.people["operator"])

    assert client.post("/console/shop-rules/", rules()).status_code == 302

    with scope(merchant=kit.merchant):
        settings = ShopSettings.objects.get()
        assert (settings.unpaid_minutes, settings.complete_days) == (45, None)
        assert shipping_rules(kit.merchant).surcharges == {
            "": None,
            "新疆维吾尔自治区": Decimal("12.00"),
            "香港特别行政区": None,
        }
    page = client.get("/console/shop-rules/").content.decode()
    assert "48 小时内发货" in page


@pytest.mark.parametrize(
    "changes", [{"shipping_fee": "-1"}, {"surcharge_650000": "x"}, {"unpaid_minutes": "1"}]
)
def test_wrong_rules_change_nothing(client, kit, changes):
    client.force_login(kit.people["operator"])

    response = client.post("/console/shop-rules/", rules(**changes))

    assert response.status_code == 200
    assert response.context["form"].errors
    with scope(merchant=kit.merchant):
        assert not ShopSettings.objects.exists()
        assert not ShippingRegion.objects.exists()


def test_who_may_only_look_changes_nothing(client, kit):
    client.force_login(kit.people["viewer"])

    client.post("/console/shop-rules/", rules())

    with scope(merchant=kit.merchant):
        assert not ShopSettings.objects.exists()


def test_a_review_is_hidden_and_shown_again(client, kit):
    client.force_login(kit.people["operator"])
    review = kit.ids["review"]
    for name, status in [("hide_review", "hidden"), ("show_review", "shown")]:
        client.post(reverse(f"console:{name}", args=[review]))
        with scope(merchant=kit.merchant):
            found = Review.objects.get()
            assert (found.status, found.decided_by) == (status, kit.people["operator"])


def test_a_refunds_pictures_are_on_its_page(client, kit):
    client.force_login(kit.people["operator"])

    page = client.get(reverse("console:refund", args=[kit.ids["refund"]])).content.decode()

    address = reverse("console:refund_file", args=[kit.ids["refundfile"]])
    assert address in page
    assert client.get(address)["Content-Type"] == "image/jpeg"
