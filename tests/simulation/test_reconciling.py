"""A check is run again when, and only when, something that it reads was written."""

import pytest
from django.db import connection

from apps.insights.selectors.reconcile import CHECKS, check_name
from tests.factories import SkuFactory
from tests.simulation.reconciling import FROM_BOOKED_ORDERS, Reconciler

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]


def run(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _stock_is_not_seven(merchant):
    for (code,) in run("SELECT code FROM products_sku WHERE stock = 7 ORDER BY code"):
        yield code, "has seven"


def _names_no_columns(merchant):
    yield from run("SELECT * FROM products_sku")


@pytest.fixture
def reconciler(merchant):
    SkuFactory(code="S1", stock=5)
    reconciler = Reconciler(merchant, (_stock_is_not_seven,))
    with reconciler.watching():
        assert reconciler.faults() == []
        yield reconciler


@pytest.mark.parametrize(
    ("sql", "runs", "faults"),
    [
        ("SELECT stock FROM products_sku", 1, []),
        ("UPDATE products_sku SET price = 7", 1, []),
        ("UPDATE products_category SET name = 'stock'", 1, []),
        ('UPDATE "products_sku" SET "stock" = 6', 2, []),
        ("UPDATE products_sku SET price = 1, stock = 7 WHERE code = 'S1'",
         2, ["stock_is_not_seven: S1: has seven"]),
        ("\n  update products_sku\n  set stock = 7", 2, ["stock_is_not_seven: S1: has seven"]),
        ("DELETE FROM products_sku WHERE code = 'nobody'", 2, []),
    ],
)  # fmt: skip
def test_one_statement(reconciler, sql, runs, faults):
    run(sql)
    assert reconciler.faults() == faults
    assert reconciler.runs == runs
    assert reconciler.faults() == []
    assert reconciler.runs == runs


def test_a_new_row(reconciler):
    SkuFactory(code="S2", stock=7)
    assert reconciler.faults() == ["stock_is_not_seven: S2: has seven"]


def test_a_check_names_its_columns(merchant):
    with pytest.raises(ValueError, match="names_no_columns does not name the columns"):
        Reconciler(merchant, (_names_no_columns,)).faults()


def test_the_exceptions_are_checks():
    assert {check_name(each) for each in CHECKS} >= FROM_BOOKED_ORDERS
