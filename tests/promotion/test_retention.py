"""Old clicks lose their evidence, keep being counted, and keep it where they decided something."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import BindingPolicy
from apps.promotion.models import Click, PromotionPolicy
from apps.promotion.selectors.policies import promotion_policy_of
from apps.promotion.services.clicks import Visit, adopt_clicks, keep_as_evidence, record_click
from apps.promotion.services.policies import save_promotion_policy
from apps.promotion.services.refusals import PromotionRefused
from apps.promotion.services.retention import forget_old_clicks
from apps.promotion.tasks import tidy_promotion_of
from tests.factories import CustomerFactory, DistributorFactory, MerchantFactory

DAY = timedelta(days=1)


def click_of(person, visitor, days, **values):
    return record_click(
        distributor=person,
        visit=Visit(visitor, "wechat", "weibo.com", "a" * 64),
        target="/s/x/",
        at=timezone.now() - days * DAY,
        **values,
    )


@pytest.fixture
def person(merchant):
    return DistributorFactory()


def test_evidence_goes_and_the_count_stays(merchant, person):
    ids = [click_of(person, visitor, 401).pk for visitor in ("one", "one", "two")]
    young = click_of(person, "one", 399)

    assert forget_old_clicks(merchant=merchant) == 3

    old = list(Click.objects.filter(pk__in=ids).order_by("pk"))
    assert {(each.address_hash, each.referrer_host) for each in old} == {("", "")}
    # Visitors can be told apart, and not be led back to their cookies.
    assert old[0].visitor == old[1].visitor != old[2].visitor
    assert {each.visitor for each in old}.isdisjoint({"one", "two"})
    assert {(len(each.visitor), each.device) for each in old} == {(32, "wechat")}
    assert all(each.forgotten_at for each in old)
    young.refresh_from_db()
    assert (young.visitor, young.referrer_host) == ("one", "weibo.com")
    assert forget_old_clicks(merchant=merchant) == 0


def test_two_nights_give_the_same_visitor_different_numbers(merchant, person):
    first = click_of(person, "one", 500)
    forget_old_clicks(merchant=merchant)
    second = click_of(person, "one", 450)
    forget_old_clicks(merchant=merchant)

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.visitor != second.visitor


def test_what_decided_something_keeps_all(merchant, person):
    kept = click_of(person, "one", 500)
    keep_as_evidence(kept)

    assert forget_old_clicks(merchant=merchant) == 0

    kept.refresh_from_db()
    assert (kept.visitor, kept.address_hash, kept.is_deciding) == ("one", "a" * 64, True)


def test_a_click_that_binds_is_kept_as_evidence(merchant, person):
    BindingPolicy.objects.create(
        merchant=merchant, version=1, rule="first_touch", bind_on="click",
        effective_from=timezone.now() - 10 * DAY,
    )  # fmt: skip
    bound = click_of(person, "one", 2)
    later = click_of(person, "one", 1)
    poacher = click_of(DistributorFactory(), "one", 1)

    adopt_clicks(customer=CustomerFactory(), visitor="one", at=timezone.now())

    for each in (bound, later, poacher):
        each.refresh_from_db()
    assert (bound.is_deciding, later.is_deciding, poacher.is_deciding) == (True, False, True)


def test_the_merchant_says_how_long_within_bounds(merchant, person):
    old = click_of(person, "one", 500)
    policy = save_promotion_policy(merchant=merchant, actor=None, retention_days=600, slogan="好")
    assert (policy.retention_days, promotion_policy_of(merchant).slogan) == (600, "好")
    assert forget_old_clicks(merchant=merchant) == 0

    save_promotion_policy(merchant=merchant, actor=None, retention_days=366, slogan="")
    assert forget_old_clicks(merchant=merchant) == 1

    old.refresh_from_db()
    assert old.referrer_host == ""
    assert PromotionPolicy.objects.count() == 1


@pytest.mark.parametrize("days", [0, 365, 3651])
def test_other_lengths_are_refused_here_and_by_the_database(merchant, days):
    with pytest.raises(PromotionRefused):
        save_promotion_policy(merchant=merchant, actor=None, retention_days=days, slogan="")
    with pytest.raises(IntegrityError), transaction.atomic():
        PromotionPolicy.objects.create(merchant=merchant, retention_days=days)
    assert PromotionPolicy.objects.count() == 0


def test_the_night_tidies_one_merchant_and_no_other(merchant, person):
    mine = click_of(person, "one", 500)
    other = MerchantFactory()
    with scope(merchant=other):
        theirs = click_of(DistributorFactory(), "one", 500)

    tidy_promotion_of(merchant.pk)

    mine.refresh_from_db()
    with scope(merchant=other):
        theirs.refresh_from_db()
    assert (mine.referrer_host, theirs.referrer_host) == ("", "weibo.com")
