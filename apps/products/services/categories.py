"""The category tree: one writer at a time, because nested sets rewrite their neighbours."""

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from apps.core.locks import lock_until_commit
from apps.products.models import PATH_SEPARATOR, Category
from apps.products.services.refusals import ProductRefused

# mptt numbers trees across the whole table: it must see all of it, and one lock serves all
# merchants. Inside a merchant's scope it would give two merchants' trees the same number.
LOCK = "categories"
MAX_NAME = Category._meta.get_field("name").max_length
MAX_DEPTH = 5


def split_path(path: str) -> list[str]:
    """The names of a path such as 茶/普洱. Raises ProductRefused for an empty, long or deep one."""
    names = [name.strip() for name in path.split(PATH_SEPARATOR)]
    if not all(names):
        raise ProductRefused(
            _("“%(path)s” has an empty name; write a path as 茶/普洱.") % {"path": path}
        )
    if len(names) > MAX_DEPTH:
        raise ProductRefused(
            _("“%(path)s” is deeper than %(max)s levels.") % {"path": path, "max": MAX_DEPTH}
        )
    if any(len(name) > MAX_NAME for name in names):
        raise ProductRefused(
            _("A name in “%(path)s” is longer than %(max)s characters.")
            % {"path": path, "max": MAX_NAME}
        )
    return names


@transaction.atomic
@scopes_disabled()
def ensure_category(*, merchant, path: str) -> Category:
    """The category of that path, made with its parents where missing. Raises ProductRefused."""
    names = split_path(path)
    lock_until_commit(LOCK)
    category = None
    for name in names:
        found = Category.objects.filter(merchant=merchant, parent=category, name=name).first()
        if found is None:
            # Read again: making a sibling may have renumbered the parent.
            parent = Category.objects.get(pk=category.pk) if category else None
            found = Category.objects.create(merchant=merchant, parent=parent, name=name)
        category = found
    return category


@transaction.atomic
@scopes_disabled()
def save_category(
    *, merchant, name: str, parent: Category | None = None, category: Category | None = None
) -> Category:
    """Make a category, or rename and move an existing one with everything below it.

    Raises ProductRefused when the name is taken beside it, it would stand below itself, or parent
    or category are another merchant's.
    """
    lock_until_commit(LOCK)
    name = split_path(name.replace(PATH_SEPARATOR, " ").strip() or PATH_SEPARATOR)[0]
    parent = _own(merchant, parent) if parent else None
    beside = Category.objects.filter(merchant=merchant, parent=parent, name=name)
    if category is not None:
        beside = beside.exclude(pk=category.pk)
    if beside.exists():
        raise ProductRefused(_("There is a category “%(name)s” here already.") % {"name": name})
    if category is None:
        _check_depth(parent, 1)
        return Category.objects.create(merchant=merchant, parent=parent, name=name)
    category = _own(merchant, category)
    branch = category.get_descendants(include_self=True)
    if parent is not None and branch.filter(pk=parent.pk).exists():
        raise ProductRefused(_("A category cannot stand below itself."))
    _check_depth(parent, max(branch.values_list("level", flat=True)) - category.level + 1)
    category.name, category.parent = name, parent
    category.save()
    return category


def _own(merchant, category: Category) -> Category:
    """The category as it is now: a writer before us may have renumbered it."""
    found = Category.objects.filter(pk=category.pk, merchant=merchant).first()
    if found is None:
        raise ProductRefused(_("This category belongs to another merchant."))
    return found


def _check_depth(parent: Category | None, levels: int) -> None:
    if levels + (parent.level + 1 if parent else 0) > MAX_DEPTH:
        raise ProductRefused(_("Categories are at most %(max)s levels deep.") % {"max": MAX_DEPTH})


@transaction.atomic
@scopes_disabled()
def move_category(*, category: Category, up: bool) -> None:
    """Show a category one place earlier, or later, among its siblings; at the end it stays."""
    lock_until_commit(LOCK)
    category = Category.objects.get(pk=category.pk)
    siblings = list(
        Category.objects.filter(merchant=category.merchant_id, parent=category.parent_id).order_by(
            "position", "name"
        )
    )
    place = siblings.index(category)
    other = place - 1 if up else place + 1
    if 0 <= other < len(siblings):
        siblings[place], siblings[other] = siblings[other], siblings[place]
    for position, each in enumerate(siblings, start=1):
        # Only the place: the numbers of the tree stay as they are.
        Category.objects.filter(pk=each.pk).update(position=position)


@transaction.atomic
@scopes_disabled()
def delete_category(*, category: Category) -> None:
    """Remove an empty category. Raises ProductRefused while it has products or categories below."""
    lock_until_commit(LOCK)
    category = Category.objects.get(pk=category.pk)
    if category.children.exists() or category.products.exists():
        raise ProductRefused(_("Move its products and the categories below it away first."))
    category.delete()
