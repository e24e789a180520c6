"""My customers and my appeals: what is shown, to whom, and what is not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Appeal
from apps.distributors.models import Binding, BindingAttempt
from apps.promotion.models import Attribution, Click
from apps.promotion.services.clicks import Visit, record_click
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    OrderFactory,
    UserFactory,
)

NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture
def me(merchant, client):
    me = DistributorFactory(user=UserFactory(), joined_at=NOW - 90 * DAY)
    client.force_login(me.user)
    return me


def bind(distributor, *, ago=1, protected=None, **values):
    """A binding since `ago` days, protected for so many days from now (None: always)."""
    return Binding.objects.create(
        merchant=distributor.merchant, way="click", starts_at=NOW - ago * DAY,
        protected_until=None if protected is None else NOW + protected * DAY,
        **{"distributor": distributor, "customer": CustomerFactory(), **values},
    )  # fmt: skip


def customers(client, **query):
    return client.get(reverse("portal:customers"), query)


def shown(client, **query):
    return [each.customer for each in customers(client, **query).context["page"]]


class TestCustomers:
    def test_mine_and_those_i_lost(self, client, me):
        other = DistributorFactory()
        mine, expired = bind(me, ago=3), bind(me, ago=9, expires_at=NOW - DAY)
        moved = bind(me, ago=8, ended_at=NOW - DAY, ending="moved")
        bind(other, ago=1, customer=moved.customer)
        back = bind(me, ago=7, ended_at=NOW - 2 * DAY, ending="expired")
        bind(me, ago=2, customer=back.customer)
        bind(other)

        assert shown(client) == [back.customer, mine.customer]
        assert shown(client, show="lost") == [moved.customer, expired.customer]

    def test_phones_are_masked_and_the_days_left_are_told(self, client, me):
        bind(me, protected=15, customer=CustomerFactory(identifier="+8613912345678"))
        bind(me, protected=-1)
        bind(me)

        answer = customers(client)
        html = answer.content.decode()

        assert "139****5678" in html
        assert "13912345678" not in html
        days = [each.days_left for each in answer.context["page"]]
        assert sorted(days, key=str) == [0, 15, None]

    def test_by_the_last_digits(self, client, me):
        found = bind(me, customer=CustomerFactory(identifier="+8613912345678"))
        bind(me)
        assert shown(client, q="5678") == [found.customer]
        assert shown(client, q="0000") == []

    @pytest.mark.parametrize("count", [1, 15])
    def test_the_list_costs_the_same_at_any_length(
        self, client, me, count, django_assert_num_queries
    ):
        for _ in range(count):
            bind(me)
        customers(client)
        with django_assert_num_queries(7):
            customers(client)


class TestOneCustomer:
    def story(self, client, customer):
        return client.get(reverse("portal:customer", args=[customer.pk]))

    def test_only_what_concerns_me(self, client, me):
        other = DistributorFactory(name="Rival")
        binding = bind(me, ago=5)
        customer = binding.customer
        for person in (me, other):
            record_click(
                distributor=person, visit=Visit("v", "phone"), target="/", at=NOW - 6 * DAY
            )
        Click.objects.update(customer=customer)
        mine = OrderFactory(customer=customer, distributor=me, placed_at=NOW - 4 * DAY)
        OrderFactory(customer=customer, distributor=other, placed_at=NOW - 3 * DAY)
        BindingAttempt.objects.create(
            merchant=me.merchant, binding=binding, distributor=other, way="click", at=NOW - DAY
        )

        answer = self.story(client, customer)

        steps = answer.context["steps"]
        assert [str(each.what) for each in steps] == ["attempt", "order", "bound", "click"]
        assert steps[1].row == mine
        assert "Rival" not in answer.content.decode()

    def test_not_another_ones_customer_nor_another_merchants(self, client, me):
        assert self.story(client, bind(DistributorFactory()).customer).status_code == 404
        with scope(merchant=MerchantFactory()):
            theirs = bind(DistributorFactory()).customer
        assert self.story(client, theirs).status_code == 404


class TestAppeals:
    def claim(self, client, order, **values):
        data = {"order_no": order.order_no, "customer": order.customer.identifier, "reason": "Mine"}
        return client.post(reverse("portal:new_appeal"), data | values)

    @pytest.fixture
    def order(self, me):
        return OrderFactory(distributor=DistributorFactory(), placed_at=NOW - DAY)

    def test_it_is_opened_and_shown(self, client, me, order):
        answer = self.claim(client, order)
        assert answer.url == reverse("portal:appeals")
        appeal = Appeal.objects.get()
        assert (appeal.distributor, appeal.order, appeal.reason) == (me, order, "Mine")
        assert order.order_no in client.get(answer.url).content.decode()

    def test_a_refusal_stands_in_the_form(self, client, me, order):
        answer = self.claim(client, order, customer="")
        assert answer.status_code == 200
        assert answer.context["form"].non_field_errors()
        assert Appeal.objects.count() == 0

    def test_the_order_is_filled_in_from_its_page(self, client, me, order):
        answer = client.get(reverse("portal:new_appeal"), {"order": order.order_no})
        assert answer.context["form"]["order_no"].value() == order.order_no

    def test_only_my_own_is_withdrawn(self, client, me, order):
        self.claim(client, order)
        other = Appeal.objects.create(
            merchant=me.merchant, order=order, distributor=DistributorFactory(), reason="x",
            deadline=NOW,
        )  # fmt: skip
        mine = Appeal.objects.get(distributor=me)
        for appeal, code in ((other, 404), (mine, 302)):
            address = reverse("portal:withdraw_appeal", args=[appeal.pk])
            assert client.post(address).status_code == code
        assert [Appeal.objects.get(pk=each.pk).status for each in (mine, other)] == [
            "withdrawn", "open",
        ]  # fmt: skip

    def test_anothers_are_not_shown(self, client, me, order):
        Appeal.objects.create(
            merchant=me.merchant, order=order, distributor=DistributorFactory(), reason="Theirs",
            deadline=NOW,
        )  # fmt: skip
        assert "Theirs" not in client.get(reverse("portal:appeals")).content.decode()


def test_an_order_i_was_given_is_in_my_list_and_may_be_opened(client, me):
    order = OrderFactory(distributor=DistributorFactory(), placed_at=NOW - DAY)
    first = Attribution.objects.create(
        merchant=me.merchant, order=order, distributor=order.distributor, method="order"
    )
    Attribution.objects.create(
        merchant=me.merchant, order=order, distributor=me, method="appeal", number=2,
        supersedes=first,
    )  # fmt: skip

    assert list(client.get(reverse("portal:orders")).context["page"]) == [order]
    answer = client.get(reverse("portal:order", args=[order.pk]))
    assert (answer.status_code, answer.context["is_mine"]) == (200, True)
