"""An order that cannot be sent: said once, and over when it is sent, cancelled or solved."""

import pytest
from django.db import IntegrityError, transaction

from apps.orders.models import Order, ShippingProblem
from apps.orders.services.closing import close_order
from apps.orders.services.progress import cancel_order, ship_order
from apps.orders.services.shipping_problems import (
    ProblemRefused,
    report_problem,
    resolve_problem,
)
from tests.factories import OrderFactory, OrderLineFactory, UserFactory


@pytest.fixture
def order(merchant):
    return OrderLineFactory(order=OrderFactory()).order


def report(order, **more):
    return report_problem(order=order, actor=None, **({"reason": "stock"} | more))


def test_it_is_open_until_somebody_solves_it(order):
    actor = UserFactory()
    problem = report(order, note=" Sold out ", order_line=order.lines.get())
    order = Order.objects.get()
    assert (order.open_problem, order.open_problem.note) == (problem, "Sold out")
    resolve_problem(problem=problem, resolution="Found one", actor=actor)
    problem.refresh_from_db()
    assert (problem.resolution, problem.resolved_by) == ("Found one", actor)
    assert Order.objects.get().open_problem is None
    with pytest.raises(ProblemRefused, match="solved already"):
        resolve_problem(problem=problem, resolution="Again", actor=None)
    report(order, reason="region")


def test_one_at_a_time(order):
    report(order)
    with pytest.raises(ProblemRefused, match="already"):
        report(order, reason="region")
    problem = ShippingProblem.objects.get()
    assert problem.reason == "stock"
    problem.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        problem.save(force_insert=True)


@pytest.mark.parametrize(
    ("status", "step", "resolution"),
    [
        ("paid", ship_order, "shipped"),
        ("paid", close_order, "cancelled"),
        ("pending", cancel_order, "cancelled"),
    ],
)
def test_it_ends_with_the_order(order, status, step, resolution):
    Order.objects.update(status=status)
    if status == "pending":
        Order.objects.update(paid_at=None)
    problem = report(order)
    step(order=order, actor=None)
    problem.refresh_from_db()
    assert (problem.resolution, problem.resolved_at is None) == (resolution, False)


@pytest.mark.parametrize("status", ["shipped", "completed", "cancelled", "closed"])
def test_not_once_it_was_sent_or_cancelled(order, status):
    Order.objects.update(status=status, completed_at=order.paid_at)
    with pytest.raises(ProblemRefused, match="not sent yet"):
        report(order)
    assert not ShippingProblem.objects.exists()


@pytest.mark.parametrize("wrong", [{"reason": "x"}, {"note": "n" * 201}, {"order_line": "other"}])
def test_what_makes_no_sense(order, wrong):
    if "order_line" in wrong:
        wrong = {"order_line": OrderLineFactory()}
    with pytest.raises(ProblemRefused):
        report(order, **wrong)
    assert not ShippingProblem.objects.exists()
