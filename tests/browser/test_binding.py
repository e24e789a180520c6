"""Customers and appeals as people meet them: a click that binds, an order claimed and given."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Appeal
from apps.commissions.services.stages import run_due
from apps.distributors.models import Binding, BindingPolicy
from apps.distributors.services.binding import bind_by_hand
from apps.orders.models import Order
from apps.orders.services.progress import confirm_payment
from apps.promotion.services.checkout import check_out
from apps.promotion.services.clicks import Visit, record_click
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories import CustomerFactory, DistributorFactory


@pytest.fixture
def claimed(house):
    """王芳 has customers of every kind; an order of hers is claimed by 陈静."""
    merchant = house.merchant
    with scope(merchant=merchant):
        now = timezone.now()
        BindingPolicy.objects.create(
            merchant=merchant, version=1, rule="last_touch", protection_days=15, bind_on="click",
            effective_from=now - timedelta(days=90), changed_by=house.owner,
        )  # fmt: skip
        record_click(
            distributor=house.seller,
            visit=Visit("v", "wechat", "weibo.com"),
            target=f"/s/{house.seller.shop_code}/",
            at=now - timedelta(hours=2),
        )
        order = check_out(
            merchant=merchant, shop=house.seller, visitor="v", items={house.sku.pk: 2},
            recipient_name="林小姐", recipient_phone="13799990001", address="文三路 100 号",
            request_key="claimed",
        )  # fmt: skip
        confirm_payment(order=order, actor=house.operator)
        rival = DistributorFactory(
            code="D0009", name="陈静", parent=house.leader, joined_at=house.seller.joined_at
        )
        for number, ago in enumerate((20, 40)):
            Binding.objects.create(
                merchant=merchant, customer=CustomerFactory(), distributor=house.seller,
                way="order", starts_at=now - timedelta(days=ago),
                protected_until=now - timedelta(days=ago - 15),
                **({"ended_at": now, "ending": "moved"} if number else {}),
            )  # fmt: skip
        run_due(merchant=merchant)
        Appeal.objects.create(
            merchant=merchant, order=order, distributor=rival, deadline=now + timedelta(days=30),
            reason="林小姐是我三月带来的，聊天记录可查。",
        )  # fmt: skip
        yield Order.objects.get(pk=order.pk)


def faults(visitor) -> list[str]:
    found = Axe().run(visitor.page).response["violations"]
    return [f"{visitor.path} {each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize(
    ("viewport", "language"),
    [(PHONE, "zh-hans"), (DESKTOP, "en")],
    ids=["phone-zh", "desktop-en"],
)
def test_the_distributors_pages(house, claimed, visit, viewport, language):
    person = visit(user=house.seller.user, viewport=viewport, language=language, bypass_csp=True)
    customers = reverse("portal:customers")
    for address in (
        customers,
        f"{customers}?show=lost",
        f"{customers}?q=zzz",
        reverse("portal:customer", args=[claimed.customer_id]),
        reverse("portal:appeals"),
        reverse("portal:new_appeal"),
        reverse("portal:order", args=[claimed.pk]),
    ):
        person.open(address)
        assert faults(person) == []
    assert "13799990001" not in person.page.content()


def test_an_order_is_claimed_given_and_explained(house, claimed, visit):
    owner = visit(user=house.owner, viewport=DESKTOP)
    appeal = reverse("console:appeal", args=[Appeal.objects.with_scopes_disabled().get().pk])
    owner.open(appeal)
    owner.follow("Uphold")
    owner.fill(answer="Seen the chat")
    owner.press("Uphold: give them the order")
    owner.sees(owner.text("Upheld. The order has been booked again."))

    owner.open(reverse("console:explain", args=[claimed.pk]))
    owner.sees(owner.text("Recomputed: equal to what is stored"))
    owner.sees("D0009")

    with scope(merchant=house.merchant):
        assert Appeal.objects.get().status == "upheld"
        bind_by_hand(
            customer=claimed.customer, distributor=house.leader, reason="x", actor=house.owner
        )
    owner.open(reverse("console:customer", args=[claimed.customer_id]))
    owner.sees(owner.text("Click on a link of"))


def test_the_distributor_claims_an_order_and_takes_it_back(house, claimed, visit):
    leader = visit(user=house.leader.user)
    leader.open(reverse("portal:order", args=[claimed.pk]))
    leader.follow("Should this order count for you? Claim it")
    leader.fill(reason="I met her first")
    leader.press("Send")
    leader.sees(leader.text("Sent. The merchant will answer."))
    leader.press("Withdraw this appeal")
    leader.sees(leader.text("Withdrawn."))


def test_the_owner_chooses_how_customers_are_bound(house, claimed, visit):
    owner = visit(user=house.owner, viewport=DESKTOP)
    owner.open(reverse("console:binding_policy"))
    owner.follow("Change binding policy")
    owner.fill(protection_days="30")
    owner.press("Use from now on")
    owner.sees(owner.text("The policy applies from now on."))
    with scope(merchant=house.merchant):
        chosen = BindingPolicy.objects.order_by("-version").first()
        assert (chosen.version, chosen.protection_days, chosen.rule) == (2, 30, "last_touch")
