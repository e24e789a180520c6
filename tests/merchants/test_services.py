import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django_scopes import scope
from PIL import Image

from apps.accounts.models import User
from apps.accounts.services import AccountRefused
from apps.core.attachments import AttachmentRefused
from apps.merchants.models import Merchant, StaffMembership
from apps.merchants.services import (
    MerchantRefused,
    add_staff,
    create_merchant,
    set_merchant_logo,
)
from tests.factories import MerchantFactory, StaffMembershipFactory, UserFactory
from tests.price_control.uploads import paper, picture


def test_a_merchant_with_an_owner(db):
    merchant = create_merchant(code="cloud-tea", name="云上茶", operator_phone="13800138000")
    merchant.refresh_from_db()
    assert (merchant.code, merchant.name) == ("cloud-tea", "云上茶")
    assert (merchant.currency, merchant.time_zone) == ("CNY", "Asia/Shanghai")
    with scope(merchant=merchant):
        membership = StaffMembership.objects.get()
    assert (str(membership.user.phone), membership.role) == ("+8613800138000", "owner")


def test_a_second_merchant_of_the_same_person(db):
    owner = UserFactory(phone="+8613800138000")
    for code in ("one", "two"):
        create_merchant(code=code, name=code, operator_phone="13800138000")
    assert User.objects.get() == owner
    assert owner.memberships.model is StaffMembership


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"code": "taken"}, "taken"),
        ({"code": "no spaces"}, "code"),
        ({"code": "茶"}, "code"),
        ({"code": ""}, "code"),
        ({"code": "x" * 41}, "40"),
        ({"name": " "}, "name"),
        ({"currency": "JPY"}, "JPY"),
        ({"time_zone": "Asia/Nowhere"}, "Asia/Nowhere"),
    ],
)
def test_a_refused_merchant_leaves_nothing(db, change, word):
    MerchantFactory(code="taken")
    given = {"code": "tea", "name": "Tea", "operator_phone": "13800138000"} | change
    with translation.override("en"), pytest.raises(MerchantRefused, match=word):
        create_merchant(**given)
    assert [m.code for m in Merchant.objects.all()] == ["taken"]
    assert User.objects.count() == 0


def test_a_wrong_phone_leaves_no_merchant(db):
    with pytest.raises(AccountRefused):
        create_merchant(code="tea", name="Tea", operator_phone="12")
    assert Merchant.objects.count() == 0


def test_a_new_role_replaces_the_old_one(merchant):
    user = UserFactory()
    for role in ("viewer", "finance"):
        add_staff(merchant=merchant, user=user, role=role)
    assert [m.role for m in StaffMembership.objects.all()] == ["finance"]


def test_refused_staff(merchant):
    with pytest.raises(MerchantRefused):
        add_staff(merchant=merchant, user=UserFactory(), role="king")
    with pytest.raises(MerchantRefused):
        add_staff(merchant=merchant, user=UserFactory(is_active=False), role="viewer")
    assert StaffMembership.objects.count() == 0


class TestLogo:
    def test_it_is_drawn_again_small_and_taken_away(self, merchant):
        saved = set_merchant_logo(merchant=merchant, logo=picture(size=(900, 300)))

        with saved.logo.open("rb") as file, Image.open(file) as drawn:
            assert (drawn.format, drawn.size) == ("WEBP", (256, 256))
        assert not set_merchant_logo(merchant=merchant, logo=None).logo

    def test_what_is_no_picture_changes_nothing(self, merchant):
        with pytest.raises(AttachmentRefused):
            set_merchant_logo(merchant=merchant, logo=paper())

        merchant.refresh_from_db()
        assert not merchant.logo

    def test_the_owner_uploads_it_in_the_settings(self, client, merchant):
        client.force_login(StaffMembershipFactory(role="owner").user)
        data = {
            "name": merchant.name,
            "time_zone": merchant.time_zone,
            "withdrawal_minimum": "1.00",
            "logo": SimpleUploadedFile("logo.png", picture().content),
        }

        client.post(f"/console/merchants/merchant/{merchant.pk}/change/", data)

        merchant.refresh_from_db()
        assert merchant.logo.name.endswith(".webp")
