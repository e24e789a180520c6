"""The plan form shows a plan whole, saves what is filled in, and names faults at their field."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import translation

from apps.commissions.models import Plan
from apps.commissions.plan_document import parse_plan
from apps.commissions.services.plans import activate_plan, draft_plan
from tests.factories import MerchantFactory, SkuFactory

ONE = {"name": "One", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}


@pytest.fixture(autouse=True)
def _english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield


class Fields(HTMLParser):
    """What a browser would post of a page's plan form, without scripts."""

    def __init__(self, content: str):
        super().__init__()
        self.posted: dict[str, list[str]] = {}
        self._select = self._first = None
        self._inside = self._template = False
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self._inside = "c-plan" in (found.get("class") or "")
        if tag == "template":
            self._template = True
        if not self._inside or self._template:
            return
        if tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            plain = "on" if found.get("type") == "checkbox" else ""
            self.posted.setdefault(found["name"], []).append(found.get("value", plain))
        elif tag == "select":
            self._select, self._first = found["name"], None
            self.posted.setdefault(self._select, []).append("")
        elif tag == "option" and self._select and "selected" in found:
            self.posted[self._select][-1] = found["value"]

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False
        elif tag == "template":
            self._template = False
        elif tag == "select":
            self._select = None


def fields(answer) -> dict[str, list[str]]:
    return Fields(answer.content.decode()).posted


@pytest.fixture
def everything(kit):
    """A document with every kind, naming the kit's own rows."""
    code = kit.distributor.code
    return {
        "name": "Everything", "depths": 3, "base": "profit", "hold_days": 0,
        "self_purchase": True, "compression": True, "ceiling": {"of": "profit", "percent": "30"},
        "rules": [
            {"depth": 1, "percent": "10"},
            {"depth": 2, "level": "gold", "percent": "0"},
            {"depth": 1, "sku": kit.sku.code, "amount": "8"},
            {"depth": 1, "product": kit.sku.product.code, "percent": "9.5"},
            {"depth": 3, "level": "gold", "category": "Tea/Puer", "amount": "0.01"},
        ],
        "level_difference": {"rates": [{"level": "gold", "percent": "12"}], "same_level": "1"},
        "newcomer": {"days": 30, "percent": "3"},
        "referral": {"orders": 2, "percent": "4"},
        "regions": {"pays": "all", "agents": [
            {"region": "浙江省", "distributor": code, "percent": "1"},
            {"region": "浙江省/杭州市", "distributor": code, "amount": "2"},
        ]},
        "store": {"amount": "2"},
        "stage_bonuses": [
            {"of": "team", "period": "year", "steps": [
                {"reach": "1000", "percent": "1"}, {"reach": "2000", "amount": "50"}],
             "pool": "50"},
            {"of": "own", "period": "month", "steps": [{"reach": "5", "percent": "2"}]},
        ],
    }  # fmt: skip


def test_a_plan_with_every_kind_goes_through_the_form_unchanged(client, kit, everything):
    draft = draft_plan(merchant=kit.merchant, content=everything)
    address = reverse("console:edit_plan", args=[draft.pk])

    answer = client.post(address, fields(client.get(address)))

    assert answer.status_code == 302
    assert Plan.objects.get(pk=draft.pk).document == parse_plan(everything, max_depths=3)


def test_editing_an_active_plan_makes_a_new_draft_filled_with_it(client, kit):
    active = Plan.objects.get(pk=kit.ids["plan"])
    posted = fields(client.get(reverse("console:new_plan") + f"?copy={active.pk}"))

    answer = client.post(reverse("console:new_plan"), posted | {"name": ["Summer"]})

    made = Plan.objects.latest("version")
    assert answer["Location"] == reverse("console:plan", args=[made.pk])
    assert made.is_draft and made.document == active.document | {"name": "Summer"}
    kept = client.get(reverse("console:edit_plan", args=[active.pk]))
    assert kept["Location"] == reverse("console:plan", args=[active.pk])


def test_rows_are_added_and_removed_without_scripts_and_nothing_is_saved(client, kit):
    address = reverse("console:new_plan")
    posted = fields(client.get(address))
    before = Plan.objects.count()

    longer = fields(client.post(address, posted | {"add": "rules"}))
    shorter = fields(client.post(address, posted | {"remove": "rules:0"}))
    steps = fields(client.post(address, posted | {"add": "steps1"}))

    assert posted["rules-number"] == ["12.50", "5.00"]
    assert longer["rules-number"] == ["12.50", "5.00", ""]
    assert shorter["rules-number"] == ["5.00"]
    assert steps["steps1-reach"] == [""]
    assert Plan.objects.count() == before


def faults(answer) -> dict[str, list[str]]:
    """Field name (with its row) → what is said there."""
    form = answer.context["plan"]
    found = {name: list(errors) for name, errors in form.head.errors.items()}
    rows = [row for group in form.tables.values() for row in group]
    rows += [row for bonus in form.bonuses for row in [bonus["fields"], *bonus["rows"]]]
    for row in rows:
        for name, errors in row.errors.items():
            found[f"{row.prefix}-{row.place}-{name}"] = list(errors)
    return found


def test_faults_stand_at_the_field_they_are_named_for(client, kit, everything):
    with_faults = everything | {"name": "", "ceiling": {"of": "paid", "percent": "101"}}
    draft = draft_plan(merchant=kit.merchant, content=everything)
    posted = fields(client.get(reverse("console:edit_plan", args=[draft.pk])))
    before = Plan.objects.count()
    posted |= {
        "name": [with_faults["name"]],
        "hold_days": ["x"],
        "ceiling_percent": ["101"],
        "newcomer_percent": ["100.01"],
        "store_number": ["1.234"],
        "rates-number": ["-1"],
    }
    posted["rules-number"][4] = "0.001"
    posted["agents-region"][1] = "a/b/c/d"
    posted["steps0-reach"][1] = "1000"

    answer = client.post(reverse("console:new_plan"), posted)

    decimals = 'must be a number with at most two decimals, such as "12.5".'
    assert faults(answer) == {
        "name": ["must be a text."],
        "hold_days": ["must be a whole number from 0 to 365."],
        "ceiling_percent": ["must not be above 100."],
        "newcomer_percent": ["must not be above 100."],
        "store_number": [decimals],
        "rules-4-number": [decimals],
        "rates-0-number": ["must not be negative."],
        "agents-1-region": ["is a province, city or district, such as 浙江省/杭州市/西湖区."],
        "steps0-1-reach": ["must be above the step before it."],
    }
    assert Plan.objects.count() == before
    assert fields(answer)["rules-number"] == posted["rules-number"]


def test_what_another_merchant_has_is_unknown_in_the_form(client, kit):
    foreign = SkuFactory(merchant=MerchantFactory(), code="FOREIGN")
    posted = fields(client.get(reverse("console:new_plan")))
    posted["rules-scope"][0], posted["rules-value"][0] = "sku", foreign.code
    posted["rules-level"][1] = "nobody"

    answer = client.post(reverse("console:new_plan"), posted)

    assert faults(answer) == {
        "rules-0-value": ["there is no SKU “FOREIGN” at this merchant."],
        "rules-1-level": ["there is no level “nobody” at this merchant."],
    }
    assert b'value="FOREIGN"' not in client.get(reverse("console:new_plan")).content


def test_goods_without_a_kind_are_asked_about(client, kit):
    posted = fields(client.get(reverse("console:new_plan")))
    posted["rules-value"][0] = kit.sku.code
    answer = client.post(reverse("console:new_plan"), posted)
    assert faults(answer) == {
        "rules-0-scope": ["Choose what this is, or empty the field beside it."]
    }


def test_a_plan_that_can_lose_money_says_so_and_is_activated_only_on_purpose(client, kit):
    plan = draft_plan(
        merchant=kit.merchant, content=ONE | {"rules": [{"depth": 1, "percent": "60.01"}]}
    )
    address = reverse("console:activate_plan", args=[plan.pk])
    page = client.get(reverse("console:plan", args=[plan.pk]))
    words = [
        "Can lose money on 1 of 1 SKUs at their current price and cost.",
        f"{kit.sku.code}: earns up to 60.01 of a margin of 60.00.",
        f"{kit.sku.code} in campaign C1: earns up to 54.01 of a margin of 50.00.",
    ]
    assert [str(each) for each in page.context["warnings"]] == words
    for word in words:
        assert word in page.content.decode()
        assert word in client.get(address).content.decode()

    client.post(address)
    assert Plan.objects.get(pk=plan.pk).is_draft
    client.post(address, {"loses_money": "on"})
    assert not Plan.objects.get(pk=plan.pk).is_draft


def test_the_page_tells_all_kinds_and_what_changes(client, kit, everything):
    draft = draft_plan(merchant=kit.merchant, content=everything)
    page = client.get(reverse("console:plan", args=[draft.pk]))
    kinds = {str(name): words for name, words in page.context["kinds"]}
    assert list(kinds) == [
        "Level difference", "Newcomer boost", "Referral award", "Regional agents", "Store share",
        "Stage bonuses",
    ]  # fmt: skip
    assert kinds["Newcomer boost"] == ["A seller earns 3% more in the first 30 days after joining."]
    assert kinds["Stage bonuses"] == [
        "team sales · year: from ¥1,000.00: 1%, from ¥2,000.00: ¥50.00",
        "At most ¥50.00 in a period.",
        "own sales · month: from ¥5.00: 2%",
    ]
    changes = page.context["changes"]
    assert ("depth 1", "12.50%", "10.00%") in changes
    assert ("hold_days", "7", "0") in changes
    assert ("depth 2", "5.00%", "—") in changes


def test_the_newest_plan_is_in_force_from_the_form_to_the_activation(client, kit):
    plan = draft_plan(merchant=kit.merchant, content=ONE)
    activate_plan(plan=plan)
    assert client.get(reverse("console:plan", args=[plan.pk])).context["warnings"] == []
