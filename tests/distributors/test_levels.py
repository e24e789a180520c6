"""A level's terms, and the rights it gives over recruiting."""

import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scope

from apps.distributors.models import Distributor, Level, LevelCondition
from apps.distributors.services.levels import (
    ConditionTerms,
    LevelRefused,
    LevelTerms,
    save_level,
)
from apps.distributors.services.recruiting import RecruitingRefused
from apps.distributors.services.registration import register_distributor
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory

SALES = {"kind": "own_sales", "period": "month", "amount": Decimal("1.00")}


def save(merchant, **changes):
    values = {"code": "gold", "name": "Gold", "rank": 2} | changes
    return save_level(merchant=merchant, **values)


@pytest.mark.parametrize(
    "terms",
    [
        {"return_quota": Decimal("100.01")},
        {"return_quota": Decimal("-0.01")},
        {"own_discount": Decimal("101")},
        {"default_rate_3": Decimal("-1")},
        {"badge_colour": "pink"},
        {"badge_text": "x" * 9},
        {"goods": "some"},
        {"materials": "few"},
        {"combine": "most"},
        {"max_direct": -1},
        {"grace_days": 367},
    ],
)
def test_terms_no_level_can_have(merchant, terms):
    with pytest.raises(LevelRefused):
        save(merchant, terms=LevelTerms(**terms))
    assert not Level.objects.exists()


@pytest.mark.parametrize("quota", ["0", "20", "30", "100"])
def test_a_return_quota_is_a_percentage(merchant, quota):
    assert save(merchant, terms=LevelTerms(return_quota=Decimal(quota))).return_quota == Decimal(
        quota
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "recruits"},
        {"period": "year"},
        {"period": "days"},
        {"period": "days", "days": 0},
        {"days": 5},
        {"amount": Decimal(0)},
        {"amount": None},
        {"count": 5},
        {"kind": "orders"},
    ],
)
def test_conditions_that_cannot_be_one(merchant, wrong):
    with pytest.raises(LevelRefused):
        save(merchant, conditions=[ConditionTerms(**SALES | wrong)])
    assert not Level.objects.exists()


def test_the_database_itself_takes_no_head_count(merchant):
    level = LevelFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        LevelCondition.objects.create(
            merchant=merchant, level=level, kind="recruits", period="lifetime", count=3
        )


def test_without_terms_or_conditions_those_of_the_level_stay(merchant):
    level = save(
        merchant,
        terms=LevelTerms(own_discount=Decimal("5")),
        conditions=[ConditionTerms(**SALES)],
    )
    save(merchant, level=level, name="Golden")
    level.refresh_from_db()
    assert (level.name, level.own_discount, level.conditions.count()) == ("Golden", Decimal(5), 1)
    save(merchant, level=level, conditions=[])
    assert level.conditions.count() == 0


def test_another_merchants_level_is_not_changed(merchant):
    with scope(merchant=MerchantFactory()):
        foreign = LevelFactory(name="Theirs")
    with pytest.raises(LevelRefused):
        save(merchant, level=foreign, code=foreign.code)
    with scope(merchant=foreign.merchant):
        assert Level.objects.get().name == "Theirs"


def test_a_level_that_may_not_recruit(merchant):
    parent = DistributorFactory(level=LevelFactory())
    Level.objects.update(may_recruit=False)
    with pytest.raises(RecruitingRefused, match="does not allow"):
        register_distributor(merchant=merchant, code="N", name="N", parent=parent)
    assert Distributor.objects.count() == 1


def test_only_so_many_direct_distributors_those_terminated_apart(merchant):
    parent = DistributorFactory(level=LevelFactory())
    Level.objects.update(max_direct=2)
    first = DistributorFactory(parent=parent)
    DistributorFactory(parent=first)
    DistributorFactory(parent=parent)
    with pytest.raises(RecruitingRefused, match="allows 2 direct distributors, and there are 2"):
        DistributorFactory(parent=parent)
    assert Distributor.objects.count() == 4
    Distributor.objects.filter(pk=first.pk).update(status="terminated")
    DistributorFactory(parent=parent)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_taken_once():
    merchant = MerchantFactory()
    with scope(merchant=merchant):
        parent = DistributorFactory(level=LevelFactory())
        Level.objects.update(max_direct=3)
    barrier, outcomes = threading.Barrier(6), []

    def register(number: int) -> None:
        barrier.wait()
        try:
            register_distributor(merchant=merchant, code=f"N{number}", name="n", parent=parent)
            outcomes.append("registered")
        except RecruitingRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=register, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 3 + ["registered"] * 3
