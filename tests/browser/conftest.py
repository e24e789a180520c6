"""Windows that are watched, and a small merchant whose figures can be worked out by hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from django_scopes import scope
from playwright.sync_api import Playwright

from apps.accounts.models import User
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.distributors.models import Distributor
from apps.merchants.models import Merchant, StaffMembership
from apps.products.models import Sku
from tests.browser.visitor import DESKTOP, Visitor, visitor
from tests.factories import (
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    ProductFactory,
    SkuFactory,
    StaffMembershipFactory,
    UserFactory,
)

Role = StaffMembership.Role
PLAN = {
    "name": "Spring",
    "depths": 2,
    "base": "paid",
    "hold_days": 7,
    "rules": [{"depth": 1, "percent": "12"}, {"depth": 2, "percent": "5"}],
}


@dataclass(frozen=True)
class House:
    """A tea merchant: 王芳 sells under 李强; people for every role in the office."""

    merchant: Merchant
    leader: Distributor
    seller: Distributor
    sku: Sku
    operator: User
    finance: User
    owner: User


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """Playwright, which leaves no connection behind to keep the test database from being dropped.

    While its loop runs in this thread, Django gives the thread connections of their own.
    """
    yield playwright
    connections.close_all()


@pytest.fixture
def house(live_server) -> House:
    """12 % for who sells, 5 % for who stands above, held for 7 days after completion."""
    merchant = MerchantFactory(
        code="tea",
        name="云岭茶业",
        payment_instructions="请转账至 6222 0200 0000 0000",
        withdrawal_minimum=Decimal("10.00"),
    )
    with scope(merchant=merchant):
        gold = LevelFactory(code="gold", name="金牌")
        leader = DistributorFactory(
            code="D0001", name="李强", level=gold, user=UserFactory(phone="+8613811110001")
        )
        seller = DistributorFactory(
            code="D0002", name="王芳", parent=leader, user=UserFactory(phone="+8613811110002")
        )
        product = ProductFactory(name="宫廷熟普", description="小青柑的老搭档。")
        sku = SkuFactory(product=product, code="T-001", price=Decimal("88.80"), stock=50)
        activate_plan(
            plan=draft_plan(merchant=merchant, content=PLAN),
            effective_from=timezone.now() - timedelta(days=1),
            acknowledged_by="王总",
        )
        names = {Role.OPERATOR: "运营", Role.FINANCE: "财务", Role.OWNER: "店主"}
        people = {
            role: StaffMembershipFactory(role=role, user__name=name).user
            for role, name in names.items()
        }
    return House(
        merchant=merchant,
        leader=leader,
        seller=seller,
        sku=sku,
        operator=people[Role.OPERATOR],
        finance=people[Role.FINANCE],
        owner=people[Role.OWNER],
    )


@pytest.fixture
def visit(browser, live_server) -> Iterator[Callable[..., Visitor]]:
    """Opens windows: `visit(user=…, viewport=…, language=…)`; `user` is signed in already.

    The test fails when any of them saw an error in the browser's console (also a breach of the
    content security policy), a request to another host, an answer of 5xx, or a page wider than
    the screen.
    """
    windows: list[Visitor] = []
    with ExitStack() as stack:

        def open_window(user: User | None = None, **options) -> Visitor:
            session = session_of(user) if user else None
            window = visitor(browser, live_server.url, session=session, **options)
            windows.append(stack.enter_context(window))
            return windows[-1]

        yield open_window
    problems = [problem for window in windows for problem in window.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def office(visit) -> Callable[..., Visitor]:
    """A desktop window in the console, in English unless said otherwise."""
    return lambda user, language="en": visit(user=user, viewport=DESKTOP, language=language)


def session_of(user: User) -> str:
    """The key of a new session in which this user is signed in."""
    client = Client()
    client.force_login(user)
    return client.session.session_key
