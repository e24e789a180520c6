"""The category tree, with mptt's own numbering behind one lock."""

import threading

import pytest
from django.db import connection
from django_scopes import scope, scopes_disabled

from apps.products.models import Category
from apps.products.services.categories import delete_category, ensure_category, save_category
from apps.products.services.refusals import ProductRefused
from tests.factories import MerchantFactory, ProductFactory


def paths():
    return sorted(category.path for category in Category.objects.all())


def assert_reads_match_parents():
    people = list(Category.objects.all())
    for category in people:
        uplines, node = [], category
        while node.parent_id:
            node = node.parent
            uplines.insert(0, node.pk)
        assert [each.pk for each in category.get_ancestors()] == uplines
        below = [
            other.pk for other in people if category in other.get_ancestors() and other != category
        ]
        assert sorted(each.pk for each in category.get_descendants()) == sorted(below)


def test_a_path_is_made_once(merchant):
    first = ensure_category(merchant=merchant, path="茶/普洱/生茶")
    assert ensure_category(merchant=merchant, path=" 茶 / 普洱 / 生茶 ") == first
    ensure_category(merchant=merchant, path="茶/白茶")
    assert paths() == ["茶", "茶/普洱", "茶/普洱/生茶", "茶/白茶"]
    assert_reads_match_parents()


def test_trees_of_two_merchants_never_share_a_number(merchant):
    other = MerchantFactory()
    for each in (merchant, other, merchant, other):
        with scope(merchant=each):
            for name in "bca":
                ensure_category(merchant=each, path=f"{name}/x")
    with scopes_disabled():
        roots = Category.objects.filter(parent=None)
        assert len({root.tree_id for root in roots}) == roots.count() == 6
        for root in roots:
            assert [c.merchant_id for c in root.get_descendants()] == [root.merchant_id]
    for each in (merchant, other):
        with scope(merchant=each):
            assert_reads_match_parents()


@pytest.mark.parametrize("path", ["", "/", "茶//生", "茶/", "a/b/c/d/e/f", "x" * 41])
def test_refused_paths(merchant, path):
    with pytest.raises(ProductRefused):
        ensure_category(merchant=merchant, path=path)
    assert paths() == []


def test_rename_and_move(merchant):
    tea = ensure_category(merchant=merchant, path="茶")
    white = ensure_category(merchant=merchant, path="白茶/新")
    moved = save_category(
        merchant=merchant, name="白茶类", parent=tea, category=white.get_ancestors().get()
    )
    assert paths() == ["茶", "茶/白茶类", "茶/白茶类/新"]
    save_category(merchant=merchant, name="白茶", parent=None, category=moved)
    assert paths() == ["白茶", "白茶/新", "茶"]
    assert_reads_match_parents()


def test_refused_moves_change_nothing(merchant):
    deep = ensure_category(merchant=merchant, path="a/b/c/d/e")
    top = deep.get_ancestors().first()
    ensure_category(merchant=merchant, path="z")
    foreign = Category.objects.none()
    with scope(merchant=(other := MerchantFactory())):
        foreign = ensure_category(merchant=other, path="theirs")
    before = paths()
    for refused in (
        {"name": "a", "parent": deep, "category": top},
        {"name": "a", "parent": top, "category": top},
        {"name": "a", "parent": None},
        {"name": "f", "parent": deep},
        {"name": "x", "parent": foreign},
        {"name": "x", "parent": None, "category": foreign},
        {"name": " ", "parent": None},
    ):
        with pytest.raises(ProductRefused):
            save_category(merchant=merchant, **refused)
    assert paths() == before


def test_only_an_empty_category_is_removed(merchant):
    leaf = ensure_category(merchant=merchant, path="茶/普洱")
    product = ProductFactory(category=leaf)
    for kept in (leaf, leaf.parent):
        with pytest.raises(ProductRefused):
            delete_category(category=kept)
    product.category = None
    product.save()
    delete_category(category=leaf)
    assert paths() == ["茶"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_threads_make_one_tree():
    merchants = [MerchantFactory(), MerchantFactory()]
    failures = []

    def make(number: int) -> None:
        merchant = merchants[number % 2]
        try:
            with scope(merchant=merchant):
                for name in ("a", "b", "c"):
                    ensure_category(merchant=merchant, path=f"{name}/{number // 2}/x")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for merchant in merchants:
        with scope(merchant=merchant):
            assert Category.objects.count() == 3 + 3 * 4 * 2
            assert_reads_match_parents()
