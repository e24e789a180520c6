"""The tree on the console: branches by page, search that jumps, and the tree of a past day."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.accounts.models import User
from apps.core.pages import BoundedPaginator
from apps.distributors.models import Distributor
from apps.distributors.services.moving import move_distributor
from apps.distributors.services.standing import change_level, suspend_distributor
from apps.merchants.selectors import SESSION_KEY
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory

TREE = "/console/tree/"
LONG_AGO = timezone.now() - timedelta(days=100)


def codes(answer):
    return [node.code for node in answer.context["nodes"]]


def day(days_ago: int) -> str:
    return (timezone.now() - timedelta(days=days_ago)).date().isoformat()


def branch(client, person, **query):
    return client.get(reverse("console:branch", args=[person.pk]), query)


@pytest.fixture
def family(kit):
    """A seller joined under OLD a hundred days ago and was moved to NEW fifty days ago."""
    old = DistributorFactory(code="OLD", joined_at=LONG_AGO)
    new = DistributorFactory(code="NEW", joined_at=LONG_AGO)
    seller = DistributorFactory(code="SELLER", parent=old, joined_at=LONG_AGO)
    DistributorFactory(code="BELOW", parent=seller, joined_at=LONG_AGO)
    then = timezone.now() - timedelta(days=50)
    change_level(distributor=seller, level=LevelFactory(name="Jade"), actor=None, effective_at=then)
    suspend_distributor(distributor=seller, reason="r", actor=None, effective_at=then)
    move_distributor(distributor=seller, parent=new, actor=None, reason="r", effective_at=then)
    return {each.code: each for each in Distributor.objects.all()}


def test_branches_come_page_by_page(client, kit):
    top = DistributorFactory(code="TOP")
    for number in range(51):
        DistributorFactory(code=f"X{number:02d}", parent=top)
    address = reverse("console:children", args=[top.pk])

    first = client.get(address, headers={"HX-Request": "true"})
    last = Distributor.objects.get(code="X49").pk
    more = client.get(address, {"after": last}, headers={"HX-Request": "true"})

    assert codes(first) == [f"X{number:02d}" for number in range(50)]
    assert f"{address}?after={last}" in first.content.decode()
    assert codes(more) == ["X50"]
    assert "after=" not in more.content.decode()
    assert "<html" not in more.content.decode()


def test_search_jumps_to_the_branch_of_who_is_named_exactly(client, family):
    below = family["BELOW"]
    for text in ("BELOW", str(below.phone), below.shop_code, " BELOW "):
        answer = client.get(TREE, {"q": text})
        assert answer["Location"] == reverse("console:branch", args=[below.pk])

    shown = branch(client, below)
    assert [node.code for node in shown.context["path"]] == ["NEW", "SELLER", "BELOW"]
    assert codes(shown) == []


def test_search_lists_who_it_may_be_and_says_so_when_nobody(client, family):
    Distributor.objects.filter(code__in=["OLD", "NEW"]).update(name="陈建国")

    several = client.get(TREE, {"q": "建国"})
    nobody = client.get(TREE, {"q": "nobody at all"})

    assert [each.code for each in several.context["found"]] == ["OLD", "NEW"]
    assert nobody.context["found"] == []
    assert "nobody at all" in nobody.content.decode()


def test_a_long_way_down_leaves_its_middle_out(client, kit):
    person = DistributorFactory(code="L00")
    for number in range(1, 30):
        person = DistributorFactory(code=f"L{number:02d}", parent=person)

    path = branch(client, person).context["path"]

    assert [node.code if node else None for node in path] == [
        "L00",
        "L01",
        None,
        *(f"L{number}" for number in range(20, 30)),
    ]


def test_the_tree_of_a_past_day(client, family):
    seller = family["SELLER"]
    before, after = {"on": day(60)}, {"on": day(40)}

    (then,) = client.get(reverse("console:children", args=[family["OLD"].pk]), before).context[
        "nodes"
    ]
    assert (then.code, then.level, then.status, then.child_count) == ("SELLER", None, "active", 1)
    (later,) = client.get(reverse("console:children", args=[family["NEW"].pk]), after).context[
        "nodes"
    ]
    assert (later.level.name, later.status) == ("Jade", "suspended")
    roots = client.get(TREE, before)
    assert {node.code: node.child_count for node in roots.context["nodes"]} == {"NEW": 0, "OLD": 1}
    path = branch(client, seller, **before)
    assert [node.code for node in path.context["path"]] == ["OLD", "SELLER"]
    assert codes(path) == ["BELOW"]
    assert f'?on={day(60)}"' in path.content.decode()
    jump = client.get(TREE, {"q": "SELLER", **before})
    assert jump["Location"].endswith(f"/branch/?on={day(60)}")


def test_a_day_ends_with_its_last_moment_in_the_merchants_zone(client, kit):
    zone = kit.merchant.zone
    joined = datetime(2026, 3, 2, 0, 30, tzinfo=zone)
    DistributorFactory(code="EARLY", joined_at=joined)

    assert codes(client.get(TREE, {"on": "2026-03-01"})) == []
    assert codes(client.get(TREE, {"on": "2026-03-02"})) == ["EARLY"]


@pytest.mark.parametrize("on", ["nonsense", "2026-13-45", "2999-01-01"])
def test_nonsense_and_days_to_come_are_today(client, family, on):
    answer = client.get(TREE, {"on": on})
    assert not answer.context["is_past"]
    assert "NEW" in codes(answer)


def test_before_somebody_joined_their_branch_says_so(client, family):
    answer = branch(client, family["SELLER"], on="2020-01-01")
    assert answer.context["path"] == []
    assert 'class="c-empty"' in answer.content.decode()


def test_the_persons_page_tells_any_day(client, family):
    address = reverse("console:distributor", args=[family["SELLER"].pk])

    before = client.get(address, {"on": day(60)}).context["then"]
    after = client.get(address, {"on": day(40)}).context["then"]
    too_early = client.get(address, {"on": "2020-01-01"}).context["then"]

    assert (before["upline"].code, before["level"], before["place"].status) == (
        "OLD",
        None,
        "active",
    )
    assert (after["upline"].code, after["level"].name, after["place"].status) == (
        "NEW",
        "Jade",
        "suspended",
    )
    assert too_early == {"place": None}
    assert client.get(address).context["then"] is None


def test_another_merchants_people_are_neither_found_nor_shown(client, family):
    with scope(merchant=MerchantFactory()):
        theirs = DistributorFactory(code="THEIRS", name="陌生人", joined_at=LONG_AGO)

    for text in ("THEIRS", "陌生", theirs.shop_code, str(theirs.phone)):
        assert client.get(TREE, {"q": text}).context["found"] == []
    assert "THEIRS" not in codes(client.get(TREE, {"on": day(10)}))
    for query in ({}, {"on": day(10)}):
        assert branch(client, theirs, **query).status_code == 404


def test_a_platform_owner_without_a_merchant_chooses_one_for_a_past_day(client, family):
    with scope(merchant=MerchantFactory()):
        # The same code at another merchant must not mix with this one's history.
        DistributorFactory(code="OLD", joined_at=LONG_AGO)
    client.force_login(User.objects.create_superuser(email="owner@example.com", password="x"))
    assert SESSION_KEY not in client.session

    assert "nodes" not in client.get(TREE, {"on": day(60)}).context
    shown = client.get(reverse("console:children", args=[family["OLD"].pk]), {"on": day(60)})
    assert codes(shown) == ["SELLER"]


@pytest.mark.parametrize(("address", "count"), [(TREE, 11), ("children", 14), ("branch", 17)])
def test_a_past_page_costs_the_same_with_one_and_with_many(client, family, address, count):
    client.get(TREE)
    found = []
    for many in (0, 40):
        for number in range(many):
            person = DistributorFactory(
                code=f"M{number:02d}", parent=family["OLD"], joined_at=LONG_AGO
            )
            moment = timezone.now() - timedelta(days=30)
            move_distributor(
                distributor=person, parent=None, actor=None, reason="r", effective_at=moment
            )
        path = (
            address if address == TREE else reverse(f"console:{address}", args=[family["OLD"].pk])
        )
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(path, {"on": day(60)})
        found.append(len(queries))
    if address != TREE:
        assert len(codes(shown)) == 41
    assert found == [count, count]


def test_the_list_of_people_is_flat_and_finds_exactly(client, kit):
    top = DistributorFactory(code="X")
    for number in range(11):
        DistributorFactory(code=f"X{number:02d}", parent=top)
    address = reverse("admin:distributors_distributor_changelist")

    first = client.get(address)
    exactly = client.get(address, {"q": "X"})
    partly = client.get(address, {"q": "X0"})

    assert [each.code for each in first.context["cl"].result_list][:2] == ["X10", "X09"]
    (found,) = exactly.context["cl"].result_list
    assert (found, found.child_count) == (top, 11)
    assert reverse("console:branch", args=[top.pk]) in exactly.content.decode()
    assert len(partly.context["cl"].result_list) == 10


def test_a_long_list_says_that_there_are_more(client, kit, monkeypatch):
    monkeypatch.setattr(BoundedPaginator, "bound", 60)
    top = DistributorFactory(code="X")
    for number in range(110):
        DistributorFactory(code=f"X{number:03d}", parent=top)
    address = reverse("admin:distributors_distributor_changelist")

    first = client.get(address)
    last = client.get(address, {"p": 3})

    assert first.context["cl"].result_count == 100
    assert "100+" in first.content.decode()
    assert last.context["cl"].result_count == 115
    assert "115+" not in last.content.decode()
    assert len(last.context["cl"].result_list) == 14
