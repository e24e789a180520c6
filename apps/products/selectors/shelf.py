"""What can be bought, as shops show it."""

from dataclasses import dataclass, field

from django.db.models import Count, Min, Q, QuerySet

from apps.products.models import Category, Product


def listed_products(*, category: Category | None = None, query: str = "") -> QuerySet[Product]:
    """Listed products that have a SKU, newest first, of a category and all below it.

    Each has `price_from` (lowest price) and `sku_count`.
    """
    products = Product.objects.filter(is_listed=True)
    if category is not None:
        products = products.filter(
            category__tree_id=category.tree_id,
            category__lft__gte=category.lft,
            category__rght__lte=category.rght,
        )
    # PostgreSQL has no text with NUL in it, so nothing could ever match.
    query = query.replace("\x00", "").strip()
    if query:
        products = products.filter(
            Q(name__icontains=query) | Q(summary__icontains=query) | Q(code__iexact=query)
        )
    return (
        products.annotate(
            price_from=Min("skus__price"),
            sku_count=Count("skus"),
        )
        .filter(sku_count__gt=0)
        .order_by("-created_at", "-pk")
    )


def top_categories() -> QuerySet[Category]:
    """The first level of the category tree, as operators arranged it."""
    return Category.objects.filter(parent__isnull=True).order_by("position", "name")


@dataclass(slots=True)
class CategoryNode:
    """A category with those below it, and how many products stand in it and below."""

    category: Category
    products: int = 0
    children: list["CategoryNode"] = field(default_factory=list)

    @property
    def all_products(self) -> int:
        """Products of the category and of all below it."""
        return self.products + sum(child.all_products for child in self.children)


def category_tree() -> list[CategoryNode]:
    """The whole tree as operators arranged it, from the top. One query."""
    found = Category.objects.annotate(product_count=Count("products"))
    nodes = {each.pk: CategoryNode(each, each.product_count) for each in found}
    tops: list[CategoryNode] = []
    for node in sorted(nodes.values(), key=_place):
        parent = nodes.get(node.category.parent_id)
        (parent.children if parent else tops).append(node)
    return tops


def _place(node: CategoryNode) -> tuple[int, str]:
    return node.category.position, node.category.name
