"""From an invitation to the first look at one's own pages, on a phone and at the desk."""

from pathlib import Path

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.distributors.models import Distributor
from apps.joining.models import Application
from apps.joining.services import Filled, ask_for_changes, save_policy, submit_application
from apps.merchants.services import publish_agreement, save_agreement_draft
from tests.browser.test_look import SCREENS, faults
from tests.joining.conftest import PDF, picture

TEXT = "第一条 分销商如实介绍商品。\n\n第二条 不得向任何人收取加入费用。"


@pytest.fixture
def agreement(house):
    """The agreement in force; nobody of the house has agreed to it yet."""
    with scope(merchant=house.merchant):
        draft = save_agreement_draft(merchant=house.merchant, title="分销协议", text=TEXT)
        return publish_agreement(agreement=draft, actor=house.owner)


@pytest.fixture
def policy(house, agreement):
    """By application, with everything asked."""
    with scope(merchant=house.merchant):
        return save_policy(
            merchant=house.merchant,
            way="application",
            welcome="欢迎和我们一起卖好茶。",
            ask_ability="required",
            ask_experience="optional",
            ask_network="optional",
            ask_reputation="optional",
            ask_commitment="optional",
            ask_attachments="optional",
            ask_birth_date="optional",
            ask_real_name="optional",
            ask_id_number="optional",
        )


def apply_for(house, agreement, phone="13700000055") -> Application:
    with scope(merchant=house.merchant):
        return submit_application(
            merchant=house.merchant,
            phone=phone,
            filled=Filled(
                name="林小姐",
                is_adult=True,
                answers={"ability": "会泡茶，也会讲茶。", "network": "两个 200 人的小区群。"},
                real_name="林晓",
                id_number="11010519491231002X",
                agreement=agreement.pk,
            ),
            request_key=phone,
            inviter=house.seller,
            address="203.0.113.7",
            user_agent="iPhone MicroMessenger",
        )


def some_files(folder: Path) -> list[Path]:
    """A picture and a PDF."""
    files = {"证书.png": picture((800, 600)), "证明.pdf": PDF}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def confirm(guest) -> None:
    """Tick what must be confirmed."""
    for name in ("is_adult", "agreed"):
        guest.page.locator(f'[name="{name}"]').check()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_from_the_invitation_to_ones_own_pages(house, policy, visit, office, tmp_path, language):
    """Without a script: the form, changes asked for, the approval, the password, the portal."""
    guest = visit(language=language, java_script_enabled=False)
    guest.open(reverse("joining:shop_join", args=[house.seller.shop_code]))
    guest.sees("王芳", "欢迎和我们一起卖好茶。")
    guest.fill(name="林小姐", phone="13700000055", ability="会泡茶", id_number="11010519491231002x")
    guest.page.locator('[name="files"]').set_input_files(some_files(tmp_path))
    confirm(guest)
    guest.press("Send the application")
    guest.sees(
        guest.text("Your application has arrived. The merchant looks at it and answers here.")
    )
    way_back = guest.path

    desk = office(house.operator, language)
    desk.open(reverse("admin:joining_application_changelist"))
    desk.page.get_by_role("link", name="林小姐").first.click()
    desk.sees("会泡茶", "证书.png", "证明.pdf", "**************002X")
    desk.follow("Ask for changes")
    desk.fill(reason="请写得多一些")
    desk.press("Ask for changes")

    guest.open(way_back)
    guest.sees("请写得多一些")
    guest.follow("Change the application")
    guest.fill(ability="会泡茶，也会讲茶")
    confirm(guest)
    guest.press("Send again")

    desk.page.reload()
    desk.follow("Approve")
    desk.page.locator('[name="score_ability"]').select_option("4")
    desk.press("Approve")
    desk.sees("林小姐")

    guest.open(way_back)
    guest.follow("Set your password and begin")
    guest.fill(new_password1="a-tea-pot-of-1735", new_password2="a-tea-pot-of-1735")
    guest.press("Save and sign in")

    assert guest.path == reverse("portal:home")
    with scope(merchant=house.merchant):
        person = Distributor.objects.get(phone="+8613700000055")
        assert (person.parent, person.name) == (house.seller, "林小姐")
        assert person.application.submissions.count() == 2


@SCREENS
def test_the_pages_of_joining(house, policy, agreement, visit, viewport, scheme):
    guest = visit(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    application = apply_for(house, agreement)
    state = reverse("joining:state", args=[house.merchant.code, application.reference])
    form = reverse("joining:join", args=[house.merchant.code])
    for address in [form, f"{form}?invite=nobody", state]:
        guest.open(address)
        assert faults(guest) == []
    with scope(merchant=house.merchant):
        ask_for_changes(
            submission=application.submissions.get(), reason="请写得多一些", actor=house.operator
        )
    for address in [state, f"{state}change/"]:
        guest.open(address)
        assert faults(guest) == []


@SCREENS
def test_the_agreement_and_the_invitation(house, policy, visit, viewport, scheme):
    person = visit(user=house.seller.user, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    person.open(reverse("portal:home"))
    assert person.path == reverse("portal:agreement")
    assert faults(person) == []
    person.page.locator('[name="agreed"]').check()
    person.press("Agree and go on")
    assert person.path == reverse("portal:home")

    for name in ("agreement", "invite"):
        person.open(reverse(f"portal:{name}"))
        assert faults(person) == []
