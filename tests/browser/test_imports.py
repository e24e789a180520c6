"""Files into the console: what a preview shows, what confirming does, what a fault prevents."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.orders.models import OrderLine
from apps.orders.services.order_file import ORDER_COLUMNS
from apps.products.models import Product, Sku
from tests.browser.visitor import Visitor

PRODUCTS = (
    "sku,name,category,price,cost,stock\n"
    "T-101,宫廷熟普散茶,茶/普洱,138.00,69.50,800\n"
    "T-102,小青柑 12粒装,茶/普洱,88.00,41.20,1200\n"
    "T-103,白毫银针 100g,茶/白茶,358.00,205.00,300\n"
)
HEADER = ",".join(ORDER_COLUMNS)
ORDERS = f"""{HEADER}
YS001,1,T-001,2,88.80,7.60,10.00,D0002,13700000001,浙江省/杭州市,2026-03-01T09:30:00,,paid
YS001,2,T-001,1,88.80,0,,,,,,,
YS002,1,T-001,1,80.00,0,0,D0001,13700000002,,,,pending
"""
FAULTY_ORDERS = f"""{HEADER}
YS001,1,T-001,2,88.805,0,0,D0002,13700000001,,2026-03-01T09:30:00,,paid
YS002,1,T-999,1,80.00,0,0,D0001,13700000002,,,,pending
YS003,1,T-001,-1,80.00,0,0,D0009,13700000003,,,,pending
"""


@pytest.fixture
def upload(house, office) -> Callable[[str, bytes], Visitor]:
    """The operator chooses a file on the import page of a list; returns their window."""

    def upload(page: str, content: bytes) -> Visitor:
        operator = office(house.operator)
        operator.open(reverse(f"admin:{page}_changelist"))
        operator.page.locator(f'a[href$="{reverse(f"admin:{page}_import")}"]').first.click()
        file = {"name": "file.csv", "mimeType": "text/csv", "buffer": content}
        operator.page.locator('input[type="file"]').set_input_files(file)
        submit(operator)
        return operator

    return upload


def submit(operator: Visitor) -> None:
    """Press the one button of the page's form: preview, or confirm."""
    operator.page.locator("#content form [type=submit]").last.click()
    operator.page.wait_for_load_state()


def table(operator: Visitor) -> list[list[str]]:
    rows = operator.page.locator(".c-table tbody tr").all()
    return [operator.cells(row) for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_products_are_previewed_then_written(house, upload, encoding):
    operator = upload("products_product", PRODUCTS.encode(encoding))

    operator.sees("What this file would do", "3 new, 0 changed, 0 as before")
    assert [cells[-1].lower() for cells in table(operator)] == ["new", "new", "new"]
    operator.sees("T-101", "T-103")
    with scope(merchant=house.merchant):
        assert list(Sku.objects.values_list("code", flat=True)) == ["T-001"]

    submit(operator)

    assert operator.path == reverse("admin:products_product_changelist")
    operator.sees("宫廷熟普散茶", "白毫银针 100g")
    with scope(merchant=house.merchant):
        skus = Sku.objects.order_by("code").values_list("code", "price", "cost", "stock")
        assert [tuple(map(str, sku)) for sku in skus][1:] == [
            ("T-101", "138.00", "69.50", "800"),
            ("T-102", "88.00", "41.20", "1200"),
            ("T-103", "358.00", "205.00", "300"),
        ]
        assert Product.objects.get(skus__code="T-103").category.name == "白茶"


def test_the_same_orders_twice_change_nothing(house, upload):
    operator = upload("orders_order", ORDERS.encode())
    operator.sees("3 new, 0 changed, 0 as before")
    submit(operator)
    with scope(merchant=house.merchant):
        lines = OrderLine.objects.order_by("order__order_no", "line_no")
        found = [(line.order.order_no, str(line.paid_amount)) for line in lines]
    assert found == [("YS001", "170.00"), ("YS001", "88.80"), ("YS002", "80.00")]

    again = upload("orders_order", ORDERS.encode())
    again.sees("0 new, 0 changed, 3 as before")


def test_faults_are_listed_by_line_and_column_and_nothing_is_written(house, upload):
    operator = upload("orders_order", FAULTY_ORDERS.encode())

    operator.sees("Nothing was written.")
    assert [cells[:2] for cells in table(operator)] == [
        ["2", "unit_price"],
        ["3", "sku"],
        ["4", "quantity"],
        ["4", "distributor_code"],
    ]
    operator.sees("“88.805” is not an amount with at most two decimals.", "“-1” is less than 1.")
    with scope(merchant=house.merchant):
        assert not OrderLine.objects.exists()


@pytest.mark.parametrize(
    "content, line, column, reason",
    [
        (b"", "—", "", "is empty"),
        (HEADER.encode(), "—", "", "has a header but no rows."),
        (ORDERS.replace("order_no", "number", 1).encode(), "1", "order_no", "missing"),
        (ORDERS.encode("utf-16"), "—", "", "is neither UTF-8 nor GB18030 text"),
    ],
    ids=["empty", "header only", "missing column", "UTF-16"],
)
def test_a_file_that_cannot_be_read_says_so(upload, content, line, column, reason):
    operator = upload("orders_order", content)

    operator.sees(reason)
    if content:
        assert table(operator)[0][:2] == [line, column]
