"""Where I am paid."""

import pytest
from django.urls import reverse

from apps.payouts.models import PayoutAccount

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
