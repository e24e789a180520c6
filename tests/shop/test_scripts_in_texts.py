"""Nothing that anybody typed runs in anybody's browser: every page of a shop, every text."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.distributors.models import Distributor, Level
from apps.distributors.services.shop_fronts import save_shop_front
from apps.joining.models import JoiningPolicy
from apps.merchants.models import Merchant
from apps.orders.models import Order, Review
from apps.orders.services.customers import ask_for_refund
from apps.orders.services.delivery import save_shop_settings
from apps.orders.services.progress import complete_order, confirm_payment, ship_order
from apps.orders.services.reviews import decide_review, write_review
from apps.products.models import Category, Product, Sku
from tests.factories import LevelFactory, StoreFactory
from tests.shop.buying import place

PAYLOADS = [
    '<script>alert("x")</script>',
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><svg onload=alert(1)>",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_page_shows_texts_as_text(client, shop, sku, payload):
    short = payload[:40]
    Merchant.objects.update(name=payload, shop_notice=payload, payment_instructions=payload)
    JoiningPolicy.objects.create(merchant=shop.merchant, way="open")
    level = LevelFactory(name=short)
    Level.objects.filter(pk=level.pk).update(badge_text=payload[:8])
    Distributor.objects.filter(pk=shop.pk).update(name=payload, level=level)
    save_shop_front(distributor=shop, title=short, words=payload)
    category = Category.objects.create(merchant=shop.merchant, name=short)
    Category.objects.create(merchant=shop.merchant, name=short, parent=category)
    Product.objects.update(name=payload, summary=payload, description=payload, category=category)
    Sku.objects.update(code=payload)
    StoreFactory(name=payload, address=payload)
    save_shop_settings(merchant=shop.merchant, delivery_words=payload, return_words=payload)
    place(client, shop, sku, recipient_name=payload, address=payload, note=payload, remember="on")
    client.post(reverse("shop:add_to_cart", args=[shop.shop_code]), {"sku": sku.pk, "quantity": 1})
    order = Order.objects.get()
    confirm_payment(order=order, actor=None)
    ship_order(order=order, actor=None, tracking_number=payload)
    complete_order(order=order, actor=None)
    line = order.lines.get()
    write_review(order_line=line, stars=5, words=payload)
    decide_review(review=Review.objects.get(), show=True, actor=None)
    answers = {}
    code, number = shop.shop_code, order.order_no
    answers["ask"] = client.get(reverse("shop:ask_refund", args=[code, number, 1]))
    ask_for_refund(order_line=line, quantity=1, way="goods", reason=payload)
    for name, args, query in [
        ("home", [], {"q": payload, "sort": payload, "category": payload}),
        ("home", [], {"category": category.pk}),
        ("product", [sku.product_id], {}),
        ("cart", [], {}),
        ("checkout", [], {}),
        ("checkout", [], {"sku": sku.pk, "quantity": 1}),
        ("orders", [], {}),
        ("order", [number], {}),
        ("review", [number, 1], {}),
        ("addresses", [], {}),
    ]:
        address = reverse(f"shop:{name}", args=[code, *args])
        answers[f"{name} {query}"] = client.get(address, query)
    answers["stranger"] = Client().get(reverse("shop:order", args=[code, number]))
    answers["wrong form"] = place(
        client, shop, sku, recipient_name=payload, address="", note=payload
    )
    Distributor.objects.filter(pk=shop.pk).update(status="suspended")
    answers["closed"] = client.get(reverse("shop:home", args=[code]))

    for name, answer in answers.items():
        html = answer.content.decode()
        assert answer.status_code == 200, name
        assert "alert(" in html or "add:7" in html or name == "addresses {}", name
        assert not re.search(
            r"<(script(?! src=\"/static/)|img[^>]*onerror|svg[^>]*onload)", html
        ), name
        assert not re.search(r"\shref=[\"']?javascript:", html), name
        assert "14202" not in html, name
        assert "script-src" in answer["Content-Security-Policy"] or (
            "default-src 'self'" in answer["Content-Security-Policy"]
        )
        assert "unsafe-inline" not in answer["Content-Security-Policy"]
