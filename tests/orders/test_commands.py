"""The example files through the commands, and what the commands say."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from django_scopes import scope

from apps.orders.models import Order, OrderLine, Refund
from tests.factories import DistributorFactory, MerchantFactory, SkuFactory

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def example_rows(name):
    with (EXAMPLES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def tea(merchant):
    """A merchant with the example's people and goods, which the order file names."""
    for row in example_rows("products.csv"):
        SkuFactory(code=row["sku"], price=Decimal(row["price"]), cost=Decimal(row["cost"]))
    for row in example_rows("distributors.csv"):
        DistributorFactory(code=row["code"])
    return merchant


def run(command, merchant, path, capsys):
    call_command(command, str(path), merchant=merchant.code)
    return capsys.readouterr().out


def test_the_examples_come_in_whole_and_only_once(tea, capsys):
    orders, refunds = EXAMPLES / "orders.csv", EXAMPLES / "refunds.csv"

    assert run("import_orders", tea, orders, capsys) == (
        f"{orders}: 400 created, 0 updated, 0 unchanged\n"
    )
    assert run("import_refunds", tea, refunds, capsys) == (
        f"{refunds}: 15 created, 0 updated, 0 unchanged\n"
    )
    assert run("import_orders", tea, orders, capsys) == (
        f"{orders}: 0 created, 0 updated, 400 unchanged\nNothing changed.\n"
    )
    assert run("import_refunds", tea, refunds, capsys) == (
        f"{refunds}: 0 created, 0 updated, 15 unchanged\nNothing changed.\n"
    )

    assert (OrderLine.objects.count(), Refund.objects.count()) == (400, 15)
    assert Counter(Order.objects.values_list("status", flat=True)) == {
        "pending": 5,
        "paid": 2,
        "shipped": 4,
        "completed": 228,
        "cancelled": 11,
    }
    given_back = sum(Decimal(row["amount"]) for row in example_rows("refunds.csv"))
    assert sum(OrderLine.objects.values_list("refunded_amount", flat=True)) == given_back


@pytest.mark.parametrize("command", ["import_orders", "import_refunds"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file: is empty; the first line must name the columns."),
        (b"\xff\xfe\x00\x01", "file: is neither UTF-8 nor GB18030"),
        (b"order_no,line_no\nA1,1\n", "this column is missing."),
        (b"order_no," + b"extra," * 10 + b"line_no\n", "extra: this column is unknown"),
    ],
)
def test_a_file_that_cannot_be_read(merchant, tmp_path, command, content, reason):
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        call_command(command, str(path), merchant=merchant.code)

    assert reason in str(refused.value)
    assert str(refused.value).endswith("Nothing was written.")
    assert (Order.objects.count(), Refund.objects.count()) == (0, 0)


def test_a_header_without_rows(merchant, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("refund_no,order_no,line_no,quantity,amount,refunded_at\n")

    with pytest.raises(CommandError, match="has a header but no rows"):
        call_command("import_refunds", str(path), merchant=merchant.code)


def test_chinese_excel_files_are_read(tea, tmp_path, capsys):
    text = (EXAMPLES / "orders.csv").read_text(encoding="utf-8")
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode("gb18030"))

    assert "400 created" in run("import_orders", tea, path, capsys)
    assert Order.objects.filter(region="江苏省/南京市/玄武区").exists()


def test_every_problem_is_listed_by_line_and_column(tea, tmp_path):
    lines = (EXAMPLES / "refunds.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "refunds.csv"
    path.write_text("\n".join([lines[0], "R1,X,1,,1.00,2026-04-01", "R2,Y,1,,1.005,2026-04-01"]))

    with pytest.raises(CommandError) as refused:
        call_command("import_refunds", str(path), merchant=tea.code)

    assert str(refused.value).splitlines() == [
        "line 2, order_no: there is no order “X”.",
        "line 3, amount: “1.005” is not an amount with at most two decimals.",
        "line 3, order_no: there is no order “Y”.",
        "Nothing was written.",
    ]


def test_the_files_of_one_merchant_are_not_anothers(tea, capsys):
    run("import_orders", tea, EXAMPLES / "orders.csv", capsys)
    other = MerchantFactory()

    with pytest.raises(CommandError, match="there is no order “YS2603060014”"):
        call_command("import_refunds", str(EXAMPLES / "refunds.csv"), merchant=other.code)
    with scope(merchant=other):
        assert Order.objects.count() == 0
