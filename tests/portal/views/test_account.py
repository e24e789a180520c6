"""Where I am paid."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.distributors.models import ShopFront
from apps.payouts.models import PayoutAccount
from tests.price_control.uploads import picture

BANK = {
    "method": "bank",
    "holder_name": "陈静",
    "bank_name": "招商银行",
    "number": "6225 8801 2345 6789",
}


def save(client, **changes):
    return client.post(reverse("portal:payout_account"), BANK | changes)


def test_an_account_is_saved_and_shown_by_its_last_digits(client, distributor):
    response = save(client)

    assert (response.status_code, response.url) == (302, "/me/withdraw/")
    account = PayoutAccount.objects.get(distributor=distributor, is_current=True)
    assert (account.number, account.number_tail) == ("6225880123456789", "6789")
    html = client.get(reverse("portal:account")).content.decode()
    assert "6789" in html
    assert "6225880123456789" not in html


def test_a_change_keeps_the_account_before(client, distributor):
    save(client)
    save(client, method="alipay", number="13800000000", bank_name="")

    assert PayoutAccount.objects.filter(distributor=distributor).count() == 2
    assert PayoutAccount.objects.get(is_current=True).method == "alipay"


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "123"},
        {"holder_name": " "},
        {"bank_name": ""},
        {"method": "cash"},
        {"number": ""},
    ],
)
def test_a_wrong_detail_is_named_and_nothing_saved(client, changes):
    response = save(client, **changes)

    assert response.status_code == 200
    assert response.context["form"].errors != {}
    assert not PayoutAccount.objects.exists()


class TestShopFront:
    def test_my_shop_greets_with_my_words_and_picture(self, client, distributor):
        file = SimpleUploadedFile("me.png", picture().content)
        data = {"title": "陈静的茶铺", "words": "欢迎光临", "avatar": file}

        assert client.post(reverse("portal:shop_front"), data).url == "/me/account/shop/"

        html = Client().get(f"/s/{distributor.shop_code}/").content.decode()
        assert "陈静的茶铺" in html
        assert "欢迎光临" in html
        assert distributor.front.avatar.url in html
        assert distributor.front.avatar.url in client.get("/me/account/shop/").content.decode()

    def test_a_file_that_is_no_picture_is_refused(self, client, distributor):
        file = SimpleUploadedFile("me.png", b"<svg onload=alert(1)></svg>")

        response = client.post(reverse("portal:shop_front"), {"title": "x", "avatar": file})

        assert len(response.context["form"].non_field_errors()) == 1
        assert not ShopFront.objects.exists()
