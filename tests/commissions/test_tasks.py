"""A message only wakes the stages up; what there is to do lies in rows."""

from queue import Empty

import pytest
from django.utils import timezone

from apps.commissions.models import OrderBooking
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.tasks import run_due_for_merchant, run_due_stages, wake_stages
from distribution_site.celery import app
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, OrderLineFactory

pytestmark = pytest.mark.django_db
PLAN = {"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}


def waiting() -> list[list]:
    """The arguments of the messages in the queue, taken out."""
    found = []
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                return found
            found.append(message.payload[0])
            message.ack()


@pytest.fixture(autouse=True)
def _empty_queue():
    waiting()


def test_a_wake_up_waits_for_the_commit(merchant, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        wake_stages(merchant.pk)
        assert waiting() == []
    assert waiting() == [[merchant.pk]]


def test_the_sweep_wakes_every_active_merchant(merchant):
    MerchantFactory(is_active=False)
    run_due_stages()
    assert waiting() == [[merchant.pk]]


def test_the_same_message_twice_does_its_work_once(merchant):
    activate_plan(plan=draft_plan(merchant=merchant, content=PLAN), effective_from=timezone.now())
    OrderLineFactory(order=OrderFactory(distributor=DistributorFactory()))
    run_due_for_merchant(merchant.pk)
    run_due_for_merchant(merchant.pk)
    assert OrderBooking.objects.count() == 1


def test_a_merchant_that_is_gone_is_no_error(merchant):
    run_due_for_merchant(merchant.pk + 1)
