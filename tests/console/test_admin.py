"""The forms of the admin: they save through services and show what those refuse."""

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from apps.distributors.models import Distributor, DistributorEvent
from apps.merchants.models import Merchant, StaffMembership
from apps.orders.models import Order
from apps.products.models import Category, Product, Sku
from tests.console.world import make_kit

ONE_SKU = {
    "skus-TOTAL_FORMS": "1",
    "skus-INITIAL_FORMS": "0",
    "skus-0-code": "N-1",
    "skus-0-price": "12.50",
    "skus-0-cost": "3.00",
    "skus-0-stock": "5",
}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def add(client, model, **values):
    return client.post(reverse(f"admin:{model}_add"), values)


def change(client, model, pk, **values):
    return client.post(reverse(f"admin:{model}_change", args=[pk]), values)


def errors(answer) -> list[str]:
    return answer.context["adminform"].form.non_field_errors()


def picture() -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (60, 60), "green").save(file, "PNG")
    return SimpleUploadedFile("a.png", file.getvalue(), "image/png")


def test_a_distributor_is_registered_by_the_service(client, kit):
    values = {"name": "Lin", "phone": "13888888888", "level": kit.ids["level"]}
    values |= {"parent": kit.ids["distributor"], "joined_at_0": "2026-01-05"}

    add(client, "distributors_distributor", code="N1", joined_at_1="10:00", **values)
    refused = add(client, "distributors_distributor", code="N1", joined_at_1="10:00", **values)

    person = Distributor.objects.get(code="N1")
    joined = DistributorEvent.objects.get(distributor=person)
    assert (person.parent_id, person.tree_depth) == (kit.ids["distributor"], 2)
    assert (joined.field, joined.actor) == ("joined", kit.people["owner"])
    assert len(errors(refused)) == 1


def test_another_merchants_people_cannot_be_chosen(client, kit):
    other = make_kit("other")

    answer = add(
        client,
        "distributors_distributor",
        code="N1",
        name="Lin",
        parent=other.ids["distributor"],
        joined_at_0="2026-01-05",
        joined_at_1="10:00",
    )

    assert answer.context["adminform"].form.errors.keys() == {"parent"}


def test_a_product_is_saved_with_its_skus_and_picture(client, kit):
    values = {"code": "NP", "name": "New", "category": kit.ids["category"], "is_listed": "on"}

    add(client, "products_product", image=picture(), **values, **ONE_SKU)

    product = Product.objects.get(code="NP")
    sku = product.skus.get()
    assert (sku.code, sku.price, sku.cost, sku.stock) == ("N-1", Decimal("12.50"), Decimal(3), 5)
    assert product.image.name.endswith(".webp")


def test_a_taken_sku_leaves_no_product_behind(client, kit):
    answer = add(
        client,
        "products_product",
        code="NP",
        name="New",
        **ONE_SKU | {"skus-0-code": kit.sku.code},
    )

    assert answer.status_code == 200
    assert not Product.objects.filter(code="NP").exists()
    assert Sku.objects.count() == 1


def test_a_category_is_moved_and_only_an_empty_one_removed(client, kit):
    tea = Category.objects.get(name="Tea")

    loop = change(client, "products_category", tea.pk, name="Tea", parent=kit.ids["category"])
    add(client, "products_category", name="Cups", parent="")
    cups = Category.objects.get(name="Cups")
    for category in (cups, tea):
        client.post(reverse("admin:products_category_delete", args=[category.pk]), {"post": "yes"})

    assert len(errors(loop)) == 1
    assert sorted(Category.objects.values_list("name", flat=True)) == ["Puer", "Tea"]


def test_staff_are_found_by_phone_and_the_last_owner_stays(client, kit):
    owner = StaffMembership.objects.get(role="owner")

    add(client, "merchants_staffmembership", phone="13700001111", name="Wu", role="viewer")
    demoted = change(client, "merchants_staffmembership", owner.pk, role="viewer")
    client.post(reverse("admin:merchants_staffmembership_delete", args=[owner.pk]), {"post": "yes"})

    assert len(errors(demoted)) == 1
    assert StaffMembership.objects.filter(pk=owner.pk, role="owner").exists()
    assert StaffMembership.objects.get(user__phone="+8613700001111").role == "viewer"


def test_an_owner_changes_settings_but_neither_code_nor_currency(client, kit):
    change(
        client,
        "merchants_merchant",
        kit.merchant.pk,
        code="other",
        currency="USD",
        name="Renamed",
        time_zone="Asia/Tokyo",
        withdrawal_minimum="5.00",
        shop_notice="",
        payment_instructions="",
    )

    merchant = Merchant.objects.get(pk=kit.merchant.pk)
    assert (merchant.code, merchant.currency, merchant.name) == ("mine", "CNY", "Renamed")
    assert (merchant.time_zone, merchant.withdrawal_minimum) == ("Asia/Tokyo", Decimal("5.00"))
    assert merchant.is_active


def test_the_console_alone_may_evaluate_scripts(client, kit):
    inside = client.get("/console/")["Content-Security-Policy"]
    outside = client.get(f"/s/{kit.ids['shop_code']}/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval'" in inside
    assert "unsafe" not in outside


def test_choices_offer_only_the_merchants_own(client, kit):
    make_kit("other")
    query = {
        "app_label": "distributors",
        "model_name": "distributor",
        "field_name": "parent",
    }

    found = client.get("/console/autocomplete/", query).json()["results"]

    assert len(found) == 4


def test_a_list_is_filtered_by_whole_days_of_the_merchant(client, kit):
    late = datetime(2026, 3, 2, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    Order.objects.filter(pk=kit.ids["order"]).update(paid_at=late)
    page = reverse("admin:orders_order_changelist")

    def found(first, last):
        answer = client.get(page, {"paid_at_from": first, "paid_at_to": last})
        return [order.pk for order in answer.context["cl"].result_list]

    assert found("2026-03-02", "2026-03-02") == [kit.ids["order"]]
    assert found("2026-03-03", "2026-03-03") == []
    assert found("2026-03-01", "2026-03-01") == []


def test_goods_sold_while_the_form_was_open_stay_sold(client, kit):
    product = kit.sku.product
    address = reverse("admin:products_product_change", args=[product.pk])
    page = client.get(address)
    formset = page.context["inline_admin_formsets"][0].formset
    shown = formset.forms[0]
    values = {"code": product.code, "name": "Renamed", "is_listed": "on"}
    values |= {f"skus-{name}": "1" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    values |= {"skus-MIN_NUM_FORMS": "1", "skus-MAX_NUM_FORMS": "1000"}
    values |= {
        "skus-0-id": kit.sku.pk, "skus-0-product": product.pk, "skus-0-code": kit.sku.code,
        "skus-0-price": "99.00", "skus-0-cost": "1.00", "skus-0-stock": kit.sku.stock,
        shown["stock"].html_initial_name: kit.sku.stock,
    }  # fmt: skip
    Sku.objects.filter(pk=kit.sku.pk).update(stock=kit.sku.stock - 3)

    assert client.post(address, values).status_code == 302

    sku = Sku.objects.get(pk=kit.sku.pk)
    assert (sku.price, sku.stock) == (Decimal("99.00"), kit.sku.stock - 3)

    client.post(address, values | {"skus-0-stock": "7"})
    assert Sku.objects.get(pk=kit.sku.pk).stock == 7
