"""`manage.py create_merchant`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.merchants.models import Merchant
from tests.factories import UserFactory


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_merchant", *arguments, stdout=out)
    return out.getvalue()


def test_without_an_operator(db):
    assert run("tea", "--name", "云上茶") == "tea: 云上茶 · CNY · Asia/Shanghai\n"
    assert run(
        "hk", "--name", "HK", "--currency", "HKD", "--time-zone", "Asia/Hong_Kong"
    ) == "hk: HK · HKD · Asia/Hong_Kong\n"  # fmt: skip


def test_a_new_operator_gets_a_link_that_works(client, db):
    second_line = run("tea", "--name", "云上茶", "--operator", "13800138000").splitlines()[1]
    assert second_line.startswith(
        "Owner +8613800138000 sets a password, once, at /accounts/welcome/"
    )
    page = client.get(second_line.rsplit(" ", 1)[1], follow=True)
    assert page.context["validlink"] is True
    assert page.context["form"].user == User.objects.get()


def test_an_operator_with_a_password_keeps_it(db):
    UserFactory(phone="+8613800138000")
    assert run("tea", "--name", "云上茶", "--operator", "13800138000").splitlines()[1] == (
        "Owner +8613800138000 signs in with the password they have."
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["taken", "--name", "x"],
        ["a b", "--name", "x"],
        ["tea", "--name", "x", "--currency", "JPY"],
        ["tea", "--name", "x", "--time-zone", "Mars/Base"],
        ["tea", "--name", "x", "--operator", "12"],
    ],
)
def test_refused_and_nothing_written(db, arguments):
    run("taken", "--name", "x")
    with pytest.raises(CommandError, match="Nothing was written"):
        run(*arguments)
    assert Merchant.objects.count() == 1
    assert User.objects.count() == 0
