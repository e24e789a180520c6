"""Levels on the console: the form, what would change tonight, changes, and a plan's start."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from apps.distributors.models import Distributor, Level, LevelChange
from apps.orders.models import LevelGoods
from tests.console.world import make_kit
from tests.factories import DistributorFactory, LevelFactory
from tests.insights.rows import sell

HEAD = {
    "name": "Silver",
    "code": "silver",
    "rank": "900",
    "badge_text": "银",
    "badge_colour": "blue",
    "default_rate_1": "12.5",
    "own_discount": "10",
    "return_quota": "30",
    "goods": "all",
    "may_recruit": "on",
    "max_direct": "5",
    "materials": "all",
    "combine": "any",
    "grace_days": "30",
}
ROWS = {
    "conditions-kind": ["team_sales", "orders", "own_sales"],
    "conditions-number": ["5000", "20", ""],
    "conditions-period": ["month", "days", "month"],
    "conditions-days": ["", "90", ""],
}


def save(client, level=None, **values):
    address = reverse("console:edit_level", args=[level.pk]) if level else "console:new_level"
    address = address if level else reverse(address)
    return client.post(address, HEAD | ROWS | values)


def test_a_level_is_made_with_all_that_belongs_to_it(client, kit):
    answer = save(client)
    level = Level.objects.get(code="silver")
    assert answer["Location"] == reverse("console:level", args=[level.pk])
    assert (level.merchant, level.rank, level.badge, level.badge_colour) == (
        kit.merchant, 900, "银", "blue",
    )  # fmt: skip
    assert level.default_rates == {1: Decimal("12.50")}
    assert (level.own_discount, level.return_quota) == (Decimal("10.00"), Decimal("30.00"))
    assert (level.may_recruit, level.max_direct, level.materials) == (True, 5, "all")
    assert (level.combine, level.grace_days) == ("any", 30)
    found = level.conditions.order_by("pk")
    assert list(found.values_list("kind", "period", "days", "amount", "count")) == [
        ("team_sales", "month", None, Decimal("5000.00"), None),
        ("orders", "days", 90, None, 20),
    ]
    page = client.get(answer["Location"]).content.decode()
    assert "¥5,000.00" in page and "银" in page


def test_what_is_saved_is_shown_again_in_the_form(client, kit):
    save(client, **{"sell-scope": ["category"], "sell-value": ["Tea/Puer"], "goods": "chosen"})
    level = Level.objects.get(code="silver")
    answer = client.get(reverse("console:edit_level", args=[level.pk]))
    form = answer.context["form"]
    shown = {name: form.head[name].value() for name in HEAD}
    percentages = {"default_rate_1": "12.50", "own_discount": "10.00", "return_quota": "30.00"}
    assert shown == HEAD | percentages | {"goods": "chosen", "may_recruit": True}
    assert [row.value("value") for row in form.tables["sell"]] == ["Tea/Puer"]
    assert [row.value("number") for row in form.tables["conditions"]] == ["5000.00", "20"]


def test_goods_are_kept_where_they_are_asked_for(client, kit):
    goods = {
        "goods": "chosen",
        "sell-scope": ["category", "product"],
        "sell-value": ["Tea/Puer", kit.sku.product.code],
        "count-scope": ["product"],
        "count-value": [kit.sku.product.code],
    }
    save(client, **goods)
    rows = LevelGoods.objects.order_by("pk").values_list("use", "category", "product")
    category, product = kit.ids["category"], kit.sku.product_id
    # No condition asks for purchases: nothing counts.
    assert list(rows) == [("sell", category, None), ("sell", None, product)]
    asked = {"conditions-kind": ["purchases"], "conditions-number": ["1"],
             "conditions-period": ["lifetime"], "conditions-days": [""]}  # fmt: skip
    save(client, Level.objects.get(code="silver"), **goods | asked | {"goods": "all"})
    assert list(rows.all()) == [("count", None, product)]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"rank": ""}, "rank"),
        ({"return_quota": "100.01"}, "return_quota"),
        ({"own_discount": "-1"}, "own_discount"),
        ({"default_rate_1": "1.001"}, "default_rate_1"),
        ({"badge_colour": "pink"}, "badge_colour"),
        ({"grace_days": "367"}, "grace_days"),
        ({"code": "no spaces"}, "code"),
    ],
)
def test_a_fault_is_shown_at_its_field_and_nothing_is_saved(client, kit, values, fault):
    answer = save(client, **values)
    assert answer.status_code == 200
    assert list(answer.context["form"].head.errors) == [fault]
    assert Level.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"conditions-number": ["-1", "20", ""]}, ("conditions", "number")),
        ({"conditions-number": ["1", "2.5", ""]}, ("conditions", "number")),
        ({"conditions-number": ["NaN", "20", ""]}, ("conditions", "number")),
        ({"conditions-days": ["", "0", ""]}, ("conditions", "days")),
        ({"sell-scope": ["product"], "sell-value": ["nothing"]}, ("sell", "value")),
    ],
)
def test_a_fault_in_a_row_is_shown_there(client, kit, values, fault):
    answer = save(client, **values)
    group, field = fault
    errors = [list(row.errors) for row in answer.context["form"].tables[group] if row.errors]
    assert errors == [[field]]
    assert Level.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rank": "taken"}, "Another level has this code or rank"),
        ({"goods": "chosen"}, "Choose the categories or products that may be sold"),
        ({"conditions-kind": ["recruits"], "conditions-number": ["3"],
          "conditions-period": ["lifetime"], "conditions-days": [""]}, "art. 7 forbids it"),
        ({"conditions-kind": ["purchases"], "conditions-number": ["3"],
          "conditions-period": ["lifetime"], "conditions-days": [""]}, "whose purchase counts"),
        ({"conditions-kind": ["orders"] * 2, "conditions-number": ["3", "4"],
          "conditions-period": ["month"] * 2, "conditions-days": ["", ""]}, "same figure"),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_told_and_nothing_is_saved(client, kit, values, words):
    if values.get("rank"):
        values = {"rank": str(Level.objects.get().rank)}
    answer = save(client, **values)
    assert words in answer.context["refusal"]
    assert Level.objects.count() == 1


def test_the_form_says_why_a_head_count_is_no_condition(client, kit):
    page = client.get(reverse("console:new_level")).content.decode()
    assert "《禁止传销条例》" in page
    assert "recruits" not in page


def test_a_levels_code_stays(client, kit):
    level = Level.objects.get(pk=kit.ids["level"])
    save(client, level, code="other", name="New", rank="7")
    level.refresh_from_db()
    assert (level.code, level.name, level.rank) == ("gold", "New", 7)


def test_rows_are_added_and_removed_without_a_script(client, kit):
    added = save(client, add="conditions").context["form"].tables["conditions"]
    removed = save(client, remove="conditions:0").context["form"].tables["conditions"]
    assert (len(added), [row.value("kind") for row in removed]) == (4, ["orders", "own_sales"])
    assert Level.objects.count() == 1


def test_goods_of_another_merchant_are_not_found(client, kit):
    theirs = make_kit("theirs")
    with scope(merchant=theirs.merchant):
        theirs.sku.product.code = "THEIRS"
        theirs.sku.product.save()
    answer = save(
        client, **{"goods": "chosen", "sell-scope": ["product"], "sell-value": ["THEIRS"]}
    )
    assert answer.status_code == 200
    assert not LevelGoods.objects.exists()


def test_another_merchants_level_is_not_there(client, kit):
    theirs = make_kit("theirs")
    for name in ("level", "edit_level"):
        assert client.get(reverse(f"console:{name}", args=[theirs.ids["level"]])).status_code == 404
    with scope(merchant=theirs.merchant):
        before = Level.objects.get(pk=theirs.ids["level"]).__dict__
        save(client, Level.objects.get(pk=theirs.ids["level"]))
    with scope(merchant=theirs.merchant):
        after = Level.objects.get(pk=theirs.ids["level"]).__dict__
    assert {**after, "_state": 0} == {**before, "_state": 0}


def test_tonight_is_shown_and_changes_nothing(client, kit):
    low = LevelFactory(rank=800)
    save(client, low, code=low.code, name="Low", rank="800", combine="any",
         **{"conditions-kind": ["own_sales"], "conditions-number": ["60"],
            "conditions-period": ["lifetime"], "conditions-days": [""]})  # fmt: skip
    person = DistributorFactory(name="Riser")
    sell(person, "60.00", at=timezone.now())
    changes = LevelChange.objects.count()
    answer = client.get(reverse("console:levels_tonight"))
    assert answer.context["raised"] == 2  # the kit's distributor sold for ¥100.00
    assert "Riser" in answer.content.decode()
    assert LevelChange.objects.count() == changes
    assert Distributor.objects.get(pk=person.pk).level is None


def test_a_change_by_hand_pins_and_is_listed_with_its_reason(client, kit):
    person = kit.distributor
    day = timezone.localdate()
    client.post(
        reverse("console:change_level", args=[person.pk]),
        {"level": kit.ids["level"], "reason": "Long service", "pinned_until": str(day)},
    )
    person.refresh_from_db()
    assert (person.level_id, person.level_pinned_until) == (kit.ids["level"], day)
    change = person.level_changes.get()
    page = client.get(reverse("console:level_change", args=[change.pk])).content.decode()
    assert "Long service" in page
    listed = client.get(reverse("admin:distributors_levelchange_changelist") + "?q=Long").content
    assert "Long service" in listed.decode()


def test_a_new_plan_starts_from_the_levels_default_rates(client, kit):
    save(client)
    rules = (
        client.get(reverse("console:new_plan") + "?copy=nothing").context["plan"].tables["rules"]
    )
    assert [(row.value("depth"), row.value("level"), row.value("number")) for row in rules] == [
        ("1", "", "10"), ("1", "silver", "12.5"),
    ]  # fmt: skip


def test_default_rates_are_added_to_a_plan_on_request_but_once(client, kit):
    save(client, default_rate_2="3")
    head = {"name": "P", "depths": "2", "base": "paid", "hold_days": "7"}
    rules = {
        "rules-depth": ["1"], "rules-level": ["silver"], "rules-scope": [""],
        "rules-value": [""], "rules-number": ["9"], "rules-unit": ["percent"],
    }  # fmt: skip
    answer = client.post(reverse("console:new_plan"), head | rules | {"add": "level_rates"})
    found = answer.context["plan"].tables["rules"]
    assert [(row.value("depth"), row.value("level"), row.value("number")) for row in found] == [
        ("1", "silver", "9"), ("2", "silver", "3"),
    ]  # fmt: skip
