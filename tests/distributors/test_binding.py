"""Binding: each policy with exact dates, poaching, who may be bound, by hand, and the walls."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Binding, BindingAttempt, BindingPolicy
from apps.distributors.selectors import binding_at, bound_distributor, policy_at
from apps.distributors.services.binding import (
    BindingRefused,
    Outcome,
    bind_by_hand,
    end_binding,
    touch_customer,
    upline_for_new_distributor,
)
from apps.distributors.services.binding_policy import set_binding_policy
from apps.distributors.services.standing import terminate_distributor
from apps.merchants.services import add_staff
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    MerchantFactory,
    UserFactory,
)

START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
Moment, Rule, Way = BindingPolicy.Moment, BindingPolicy.Rule, Binding.Way


def policy(merchant, rule, version=1, effective_from=START - DAY, **values):
    values.setdefault("days", 30 if rule == Rule.FIRST_TOUCH_DAYS else None)
    return BindingPolicy.objects.create(
        merchant=merchant,
        rule=rule,
        version=version,
        effective_from=effective_from,
        **{"bind_on": Moment.CLICK, **values},
    )


@pytest.fixture
def customer(merchant):
    return CustomerFactory()


@pytest.fixture
def one(merchant):
    return DistributorFactory(joined_at=START - DAY)


@pytest.fixture
def other(merchant):
    return DistributorFactory(joined_at=START - DAY)


def touch(customer, distributor, at=START, moment=Moment.CLICK, **values):
    touched = touch_customer(
        customer=customer, distributor=distributor, moment=moment, at=at, **values
    )
    return touched.outcome


def story(customer):
    """Every binding of the customer as (whose, from, ended, why)."""
    rows = Binding.objects.filter(customer=customer).order_by("starts_at")
    return [(each.distributor, each.starts_at, each.ended_at, each.ending) for each in rows]


class TestFirstTouch:
    def test_it_binds_for_ever_and_every_other_touch_is_an_attempt(
        self, merchant, customer, one, other
    ):
        policy(merchant, Rule.FIRST_TOUCH)

        assert touch(customer, one, evidence={"click": 7}) == Outcome.BOUND
        assert touch(customer, other, START + 3000 * DAY) == Outcome.POACHED
        assert touch(customer, one, START + 3000 * DAY) == Outcome.KEPT

        bound = Binding.objects.get()
        assert (bound.distributor, bound.way, bound.starts_at) == (one, Way.CLICK, START)
        assert (bound.expires_at, bound.protected_until, bound.ended_at) == (None, None, None)
        assert (bound.policy.version, bound.evidence) == (1, {"click": 7})
        attempt = BindingAttempt.objects.get()
        assert (attempt.binding, attempt.distributor, attempt.at) == (
            bound, other, START + 3000 * DAY,
        )  # fmt: skip

    def test_an_attempt_is_kept_once_per_person_and_way(self, merchant, customer, one, other):
        policy(merchant, Rule.FIRST_TOUCH)
        touch(customer, one)

        for days in range(1, 5):
            touch(customer, other, START + days * DAY)
        touch(customer, other, START + 9 * DAY, Moment.ORDER)

        assert list(BindingAttempt.objects.order_by("at").values_list("way", "at")) == [
            ("click", START + DAY),
            ("order", START + 9 * DAY),
        ]


class TestFirstTouchForDays:
    def test_it_lasts_to_the_last_instant_and_no_longer(self, merchant, customer, one, other):
        policy(merchant, Rule.FIRST_TOUCH_DAYS, days=30)
        touch(customer, one)
        end = START + 30 * DAY

        assert touch(customer, other, end - INSTANT) == Outcome.POACHED
        assert binding_at(customer=customer, moment=end - INSTANT).distributor == one
        assert binding_at(customer=customer, moment=end) is None
        assert touch(customer, other, end) == Outcome.BOUND
        assert story(customer) == [
            (one, START, end, "expired"),
            (other, end, None, ""),
        ]

    def test_it_ends_when_it_expired_however_late_the_next_comes(
        self, merchant, customer, one, other
    ):
        policy(merchant, Rule.FIRST_TOUCH_DAYS, days=30)
        touch(customer, one)

        touch(customer, other, START + 100 * DAY)

        assert story(customer)[0] == (one, START, START + 30 * DAY, "expired")
        assert binding_at(customer=customer, moment=START + 60 * DAY) is None


class TestLastTouch:
    def test_it_moves_from_the_end_of_the_protection_on(self, merchant, customer, one, other):
        policy(merchant, Rule.LAST_TOUCH, protection_days=7)
        touch(customer, one)
        free = START + 7 * DAY

        assert touch(customer, other, free - INSTANT) == Outcome.POACHED
        assert touch(customer, other, free) == Outcome.BOUND
        assert story(customer) == [(one, START, free, "moved"), (other, free, None, "")]
        assert Binding.objects.get(distributor=other).protected_until == free + 7 * DAY

    def test_without_a_protection_it_moves_at_once(self, merchant, customer, one, other):
        policy(merchant, Rule.LAST_TOUCH)
        touch(customer, one)

        assert touch(customer, other, START) == Outcome.BOUND

        assert binding_at(customer=customer, moment=START).distributor == other
        assert BindingAttempt.objects.count() == 0

    def test_the_own_touch_changes_no_date(self, merchant, customer, one):
        policy(merchant, Rule.LAST_TOUCH, protection_days=7)
        touch(customer, one)

        assert touch(customer, one, START + 5 * DAY) == Outcome.KEPT
        assert Binding.objects.get().protected_until == START + 7 * DAY


class TestWhen:
    @pytest.mark.parametrize(
        ("bind_on", "binding"),
        [
            (Moment.CLICK, [Moment.CLICK, Moment.REGISTRATION, Moment.ORDER]),
            (Moment.REGISTRATION, [Moment.REGISTRATION, Moment.ORDER]),
            (Moment.ORDER, [Moment.ORDER]),
        ],
    )
    def test_a_policy_binds_at_its_moment_and_later_ones(self, merchant, one, bind_on, binding):
        policy(merchant, Rule.FIRST_TOUCH, bind_on=bind_on)

        bound = [each for each in Moment if touch(CustomerFactory(), one, moment=each) == "bound"]

        assert bound == binding

    def test_nothing_is_bound_without_a_policy_or_before_it(self, merchant, customer, one):
        assert touch(customer, one) == Outcome.NOT_NOW
        policy(merchant, Rule.FIRST_TOUCH, effective_from=START + DAY)
        assert touch(customer, one, START + DAY - INSTANT) == Outcome.NOT_NOW
        assert touch(customer, one, START + DAY) == Outcome.BOUND

    def test_a_touch_of_before_the_last_end_rewrites_nothing(self, merchant, customer, one, other):
        policy(merchant, Rule.FIRST_TOUCH_DAYS, days=10)
        touch(customer, one, START + 5 * DAY)

        assert touch(customer, other, START + DAY) == Outcome.KEPT

        assert len(story(customer)) == 1


class TestPolicyVersions:
    def test_a_change_is_a_version_and_what_was_bound_keeps_its_dates(
        self, merchant, customer, one
    ):
        first = set_binding_policy(
            merchant=merchant, actor=None, rule=Rule.FIRST_TOUCH_DAYS, days=30,
            bind_on=Moment.CLICK,
        )  # fmt: skip
        touch(customer, one, first.effective_from)
        second = set_binding_policy(merchant=merchant, actor=None, days=5)

        assert (first.version, second.version) == (1, 2)
        assert policy_at(merchant=merchant, moment=first.effective_from) == first
        assert policy_at(merchant=merchant, moment=timezone.now()) == second
        assert Binding.objects.get().expires_at == first.effective_from + 30 * DAY

    def test_the_same_choice_again_is_no_version(self, merchant):
        for _ in range(2):
            set_binding_policy(merchant=merchant, actor=None, rule=Rule.FIRST_TOUCH)

        assert BindingPolicy.objects.count() == 1

    def test_days_are_needed_where_they_count_and_dropped_elsewhere(self, merchant):
        with pytest.raises(BindingRefused):
            set_binding_policy(merchant=merchant, actor=None, rule=Rule.FIRST_TOUCH_DAYS)
        with pytest.raises(BindingRefused):
            set_binding_policy(merchant=merchant, actor=None, rule="whatever")
        assert BindingPolicy.objects.count() == 0
        chosen = set_binding_policy(merchant=merchant, actor=None, rule=Rule.LAST_TOUCH, days=9)
        assert chosen.days is None


class TestWhoMayBeBound:
    def test_nobody_to_themselves(self, merchant, one):
        policy(merchant, Rule.FIRST_TOUCH, binds_distributors=True)
        for identifier in (str(one.phone), one.code):
            own = CustomerFactory(identifier=identifier)
            assert touch(own, one) == Outcome.NOT_ALLOWED
            with pytest.raises(BindingRefused):
                bind_by_hand(customer=own, distributor=one, reason="x", actor=None)

    @pytest.mark.parametrize(("allowed", "outcome"), [(True, "bound"), (False, "not_allowed")])
    def test_distributors_to_others_if_the_policy_says_so(
        self, merchant, one, other, allowed, outcome
    ):
        policy(merchant, Rule.FIRST_TOUCH, binds_distributors=allowed)

        assert touch(CustomerFactory(identifier=str(other.phone)), one) == outcome

    @pytest.mark.parametrize(("allowed", "outcome"), [(True, "bound"), (False, "not_allowed")])
    def test_staff_if_the_policy_says_so(self, merchant, one, allowed, outcome):
        policy(merchant, Rule.FIRST_TOUCH, binds_staff=allowed)
        user = UserFactory()
        add_staff(merchant=merchant, user=user, role="viewer")

        assert touch(CustomerFactory(identifier=str(user.phone)), one) == outcome

    def test_a_distributor_whose_code_is_a_phone_number(self, merchant, one):
        policy(merchant, Rule.FIRST_TOUCH)
        DistributorFactory(code="13900001234", phone=None)

        assert touch(CustomerFactory(identifier="+8613900001234"), one) == Outcome.NOT_ALLOWED

    @pytest.mark.parametrize("status", ["suspended", "terminated"])
    def test_not_to_somebody_who_is_not_active(self, merchant, customer, status):
        policy(merchant, Rule.FIRST_TOUCH)

        assert touch(customer, DistributorFactory(status=status)) == Outcome.NOT_ALLOWED

    def test_nobody_is_kept_for_somebody_who_has_left(self, merchant, customer, one, other):
        policy(merchant, Rule.FIRST_TOUCH)
        touch(customer, one)
        terminate_distributor(distributor=one, reason="x", actor=None, effective_at=START + DAY)

        assert touch(customer, other, START + 2 * DAY) == Outcome.BOUND
        assert story(customer)[0] == (one, START, START + 2 * DAY, "moved")


class TestByHand:
    def test_it_overrides_the_protection_and_keeps_who_and_why(
        self, merchant, customer, one, other
    ):
        policy(merchant, Rule.FIRST_TOUCH)
        touch(customer, one)
        actor = UserFactory()

        bound = bind_by_hand(customer=customer, distributor=other, reason=" Met ", actor=actor)

        assert (bound.way, bound.reason, bound.actor) == (Way.OPERATOR, "Met", actor)
        former = Binding.objects.get(distributor=one)
        assert (former.ended_at, former.ending) == (bound.starts_at, "moved")

    def test_it_needs_a_reason_and_somebody_else(self, merchant, customer, one):
        bind_by_hand(customer=customer, distributor=one, reason="x", actor=None)
        for distributor, reason in ((one, "again"), (DistributorFactory(), "  ")):
            with pytest.raises(BindingRefused):
                bind_by_hand(customer=customer, distributor=distributor, reason=reason, actor=None)
        assert Binding.objects.count() == 1

    def test_ended_it_is_nobodys_and_ends_once(self, merchant, customer, one):
        bound = bind_by_hand(customer=customer, distributor=one, reason="x", actor=None)

        ended = end_binding(binding=bound, reason="Asked for it", actor=None)

        assert (ended.ending, ended.ending_reason) == ("operator", "Asked for it")
        assert binding_at(customer=customer, moment=timezone.now()) is None
        with pytest.raises(BindingRefused):
            end_binding(binding=bound, reason="again", actor=None)
        assert Binding.objects.get().ending_reason == "Asked for it"

    def test_another_merchants_person_or_customer_is_not_found(self, merchant, customer, one):
        neighbour = MerchantFactory()
        with scope(merchant=neighbour):
            stranger, their_customer = DistributorFactory(), CustomerFactory()

        with pytest.raises(BindingRefused):
            bind_by_hand(customer=customer, distributor=stranger, reason="x", actor=None)
        with pytest.raises(BindingRefused):
            bind_by_hand(customer=their_customer, distributor=one, reason="x", actor=None)
        policy(merchant, Rule.FIRST_TOUCH)
        assert touch(customer, stranger) == Outcome.NOT_ALLOWED
        assert Binding.objects.count() == 0
        with scope(merchant=neighbour):
            assert Binding.objects.count() == 0


class TestWhoseTheyWere:
    def test_by_any_spelling_of_the_phone_and_on_any_day(self, merchant, one, other):
        policy(merchant, Rule.LAST_TOUCH)
        customer = CustomerFactory(identifier="+8613700001234")
        touch(customer, one)
        touch(customer, other, START + 5 * DAY)

        def whose(at, known_as="137 0000 1234"):
            return bound_distributor(merchant=merchant, phone_or_identifier=known_as, at=at)

        assert whose(START - INSTANT) is None
        assert whose(START) == whose(START + 5 * DAY - INSTANT) == one
        assert whose(START + 5 * DAY) == other
        assert whose(START, "nobody") is None

    def test_who_becomes_a_distributor_joins_under_the_one_they_were_bound_to(
        self, merchant, customer, one
    ):
        assert upline_for_new_distributor(customer=customer) is None
        policy(merchant, Rule.FIRST_TOUCH)
        touch(customer, one)
        assert upline_for_new_distributor(customer=customer) == one
        assert upline_for_new_distributor(customer=customer, at=START - INSTANT) is None
        terminate_distributor(distributor=one, reason="x", actor=None)
        assert upline_for_new_distributor(customer=customer) is None

    def test_another_merchants_binding_is_not_seen(self, merchant, customer, one):
        policy(merchant, Rule.FIRST_TOUCH)
        touch(customer, one)
        neighbour = MerchantFactory()
        with scope(merchant=neighbour):
            CustomerFactory(identifier=customer.identifier)
            found = bound_distributor(
                merchant=neighbour, phone_or_identifier=customer.identifier, at=START
            )
        assert found is None


class TestGuards:
    def test_one_binding_is_open_at_most(self, merchant, customer, one, other):
        policy(merchant, Rule.FIRST_TOUCH)
        touch(customer, one)
        with pytest.raises(IntegrityError), transaction.atomic():
            Binding.objects.create(
                merchant=merchant, customer=customer, distributor=other, way="click",
                starts_at=START,
            )  # fmt: skip

    def test_the_database_refuses_to_rewrite_one(self, merchant, customer, one, other):
        bound = bind_by_hand(customer=customer, distributor=one, reason="x", actor=None)
        for values in (
            {"distributor": other},
            {"starts_at": START},
            {"ended_at": timezone.now(), "ending": "moved", "reason": "y"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Binding.objects.filter(pk=bound.pk).update(**values)
        end_binding(binding=bound, reason="x", actor=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            Binding.objects.filter(pk=bound.pk).update(ended_at=None, ending="")
        chosen = set_binding_policy(merchant=merchant, actor=None, rule=Rule.FIRST_TOUCH)
        with pytest.raises(IntegrityError), transaction.atomic():
            BindingPolicy.objects.filter(pk=chosen.pk).update(rule=Rule.OFF)
