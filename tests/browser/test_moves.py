"""An upline is changed with a thumb and with a mouse, and the tree shows where everybody went."""

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.distributors.models import Distributor, TreeMove
from apps.distributors.services.move_policy import save_move_policy
from tests.browser.visitor import DESKTOP, PHONE
from tests.factories import DistributorFactory

SCREENS = pytest.mark.parametrize(
    ("viewport", "language"),
    [(PHONE, "zh-hans"), (DESKTOP, "en")],
    ids=["phone-zh", "desktop-en"],
)


@pytest.fixture
def new(house):
    with scope(merchant=house.merchant):
        return DistributorFactory(code="D0009", name="赵敏")


@SCREENS
def test_a_large_team_is_moved_by_two_people(house, new, visit, viewport, language):
    save_move_policy(merchant=house.merchant, approval_above=0)
    asks = visit(user=house.operator, viewport=viewport, language=language)
    approves = visit(user=house.owner, viewport=viewport, language=language)

    asks.open(reverse("console:distributor", args=[house.seller.pk]))
    asks.follow("Change upline")
    asks.page.locator('main [name="q"], #content [name="q"]').first.fill("赵")
    asks.press("Search")
    asks.page.locator(f'a[href="?to={new.pk}"]').click()
    asks.sees("赵敏 (D0009)")
    asks.fill(reason="由赵敏带来")
    asks.press("Ask for approval")
    asks.sees(asks.text("You asked for this change: somebody else must approve it."))

    with scope(merchant=house.merchant):
        move = TreeMove.objects.get()
    approves.open(reverse("console:move", args=[move.pk]))
    approves.follow("Approve")
    approves.press("Approve change")
    approves.sees(approves.text("The upline is changed."))
    with scope(merchant=house.merchant):
        assert Distributor.objects.get(pk=house.seller.pk).parent == new

    asks.open(reverse("console:move", args=[move.pk]))
    asks.follow("Undo")
    asks.fill(reason="弄错了")
    asks.press("Move the team back")
    asks.sees(asks.text("Asked for. Somebody else must approve it before it happens."))


@SCREENS
def test_search_jumps_to_the_branch_and_branches_open(house, visit, viewport, language):
    with scope(merchant=house.merchant):
        below = DistributorFactory(code="D0010", name="孙丽", parent=house.seller)
    office = visit(user=house.owner, viewport=viewport, language=language)

    office.open(reverse("console:tree"))
    office.page.locator("a[data-children]").first.click()
    office.page.locator(".c-children:not([aria-busy])").first.wait_for()
    office.sees("王芳")
    office.page.locator('.c-filter [name="q"]').fill("D0010")
    office.page.locator(".c-filter button").click()
    office.page.wait_for_load_state()

    assert office.path == reverse("console:branch", args=[below.pk])
    office.sees("李强", "王芳", "孙丽")
    office.page.locator('.c-filter [name="on"]').fill("2020-01-01")
    office.page.locator(".c-filter button").click()
    office.page.wait_for_load_state()
    office.sees(office.text("Nobody."))
