"""Every address of the site, opened by everybody: nothing is shown or changed across the walls."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, get_resolver
from django_scopes import scopes_disabled

from apps.accounts.models import User
from apps.merchants.selectors import SESSION_KEY
from tests.console.pages import BY_ROUTE, VISITORS, Page
from tests.console.world import Kit, make_kit
from tests.factories import PASSWORD

# Served by the web server, or only in development.
NOT_OURS = re.compile(r"^\^?media/|^static/")
READ_ONLY = ["anonymous", "viewer", "distributor", "stranger", "neighbour"]


def routes(patterns: list | None = None, prefix: str = "") -> Iterator[str]:
    """Every route that the resolver knows."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


def address(page: Page, kit: Kit) -> str:
    """The page's address, filled with rows of `kit`."""
    model = [*page.route.split("/"), "", ""][2]
    values = {
        "<path:object_id>": kit.ids.get(page.row or model, 0),
        "<int:pk>": kit.ids.get(page.row or "product", 0),
        "<slug:shop_code>": kit.ids["shop_code"],
        "<slug:code>": kit.ids["code"],
        "<slug:kind>/<int:target_id>": f"product/{kit.ids['product']}",
        "<slug:look>": "plain",
        "<int:number>": 1,
        "<slug:order_no>": kit.ids["order_no"],
        "<slug:merchant_code>": kit.merchant.code,
        "<slug:reference>": "nobody-knows",
        "<slug:number>": "nobody-knows",
        "<str:image_format>": "png",
        "<uidb64>": "none",
        "<token>": "none",
        "(?P<url>.*)$": "no/such/page",
    }
    path = re.sub(r"\^\(\?P<app_label>.*\)/\$", "orders/", page.route)
    for placeholder, value in values.items():
        path = path.replace(placeholder, str(value))
    query = ""
    if path == "console/autocomplete/":
        query = "?app_label=distributors&model_name=distributor&field_name=parent"
    if path.endswith("checkout/"):
        query = f"?sku={kit.ids['sku']}&quantity=1"
    return f"/{path}{query}"


@pytest.fixture
def client() -> Client:
    """Nobody yet; the other tests of the console are the owner's."""
    return Client()


@pytest.fixture
def mine(db) -> Kit:
    return make_kit("mine")


@pytest.fixture
def theirs(db) -> Kit:
    return make_kit("theirs")


def sign_in(client: Client, visitor: str, mine: Kit, theirs: Kit) -> None:
    """Become that visitor; the platform owner works at merchant A."""
    people = {
        **mine.people,
        "stranger": theirs.people["distributor"],
        "neighbour": theirs.people["owner"],
    }
    if visitor == "anonymous":
        return
    if visitor == "platform":
        client.force_login(
            User.objects.create_superuser(email="owner@example.com", password=PASSWORD)
        )
        session = client.session
        session[SESSION_KEY] = mine.merchant.pk
        session.save()
        return
    client.force_login(people[visitor])


def everything() -> dict[str, list]:
    """All rows of all our tables."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    with scopes_disabled():
        return {
            model._meta.label: list(model._default_manager.order_by("pk").values_list())
            for model in ours
        }


def test_every_address_is_known():
    found = {route for route in routes() if not NOT_OURS.match(route)}

    assert found - BY_ROUTE.keys() == set(), "Say in tests/console/pages.py who may open these."
    assert BY_ROUTE.keys() - found == set(), "These are gone."


@pytest.mark.parametrize("visitor", VISITORS)
def test_everybody_gets_what_is_theirs(client, mine, theirs, visitor):
    sign_in(client, visitor, mine, theirs)
    wrong = []
    for page in BY_ROUTE.values():
        if page.route.endswith("accounts/logout/") or page.route == "console/logout/":
            continue
        answer = client.get(address(page, mine))
        if answer.status_code != page.expected(visitor):
            wrong.append(f"{page.route}: {answer.status_code}, not {page.expected(visitor)}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("visitor", READ_ONLY)
def test_who_may_not_change_anything_changes_nothing(client, mine, theirs, visitor):
    sign_in(client, visitor, mine, theirs)
    before = everything()
    answers = {}
    for page in BY_ROUTE.values():
        if "logout" in page.route:
            continue
        answer = client.post(address(page, mine), {"reason": "because", "amount": "1.00"})
        if page.is_step:
            answers[page.route] = answer.status_code

    refusal = {"anonymous": 302, "viewer": 403}.get(visitor, 404)
    assert set(answers.values()) == {refusal}, answers
    assert everything() == before


def test_a_platform_owner_sees_all_merchants_until_one_is_chosen(client, mine, theirs):
    client.force_login(User.objects.create_superuser(email="owner@example.com", password=PASSWORD))

    for page in BY_ROUTE.values():
        if page.route.startswith("console/") and "platform" in page.allowed and page.row:
            for kit in (mine, theirs):
                answer = client.get(address(page, kit))
                assert answer.status_code == page.expected("platform"), page.route
    answer = client.get("/console/distributors/distributor/add/", follow=True)
    assert answer.redirect_chain == [("/console/distributors/distributor/", 302)]
    assert [each.level_tag for each in answer.context["messages"]] == ["warning"]


def test_choosing_a_merchant_steps_inside_its_walls(client, mine, theirs):
    client.force_login(User.objects.create_superuser(email="owner@example.com", password=PASSWORD))

    client.post("/console/merchant/", {"merchant": theirs.merchant.pk})

    inside = client.get(f"/console/orders/order/{theirs.ids['order']}/story/")
    outside = client.get(f"/console/orders/order/{mine.ids['order']}/story/")
    assert (inside.status_code, outside.status_code) == (200, 404)


def test_nobody_chooses_a_merchant_that_is_not_theirs(client, mine, theirs):
    client.force_login(mine.people["owner"])

    answer = client.post("/console/merchant/", {"merchant": theirs.merchant.pk})

    assert answer.status_code == 404
    assert SESSION_KEY not in client.session
