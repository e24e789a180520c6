"""The material library as distributors and operators see it."""

from datetime import datetime

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.distributors.models import Distributor
from apps.products.models import Campaign
from apps.promotion.models import Material, MaterialFile, MaterialUse
from apps.promotion.models.materials import LINK_MARK


def _uses(kind: str) -> Coalesce:
    rows = MaterialUse.objects.filter(material=OuterRef("pk"), kind=kind)
    counted = rows.order_by().values("material").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def with_uses(materials: QuerySet[Material]) -> QuerySet[Material]:
    """Each with `copies` and `saves`: how often distributors took it."""
    return materials.annotate(
        copies=_uses(MaterialUse.Kind.COPY), saves=_uses(MaterialUse.Kind.SAVE)
    )


def with_files(materials: QuerySet[Material]) -> QuerySet[Material]:
    """Each with `kept_files`, in their order. One query more."""
    files = MaterialFile.objects.filter(removed_at__isnull=True).order_by("pk")
    return materials.prefetch_related(Prefetch("files", files, to_attr="kept_files"))


def materials_for(
    distributor: Distributor,
    *,
    at: datetime,
    kind: str = "",
    query: str = "",
    campaign: Campaign | None = None,
) -> QuerySet[Material]:
    """What the distributor may see at a moment, newest first, of a kind or a campaign, and by words
    in title, text, or the names of what it is about. With those and files: two queries."""
    found = Material.objects.shown_at(at).seen_by(distributor.level)
    if campaign is not None:
        found = found.filter(campaign=campaign)
    if kind in Material.Kind.values:
        found = found.filter(kind=kind)
    # PostgreSQL has no text with NUL in it, so nothing could ever match.
    query = query.replace("\x00", "").strip()
    if query:
        found = found.filter(
            Q(title__icontains=query)
            | Q(text__icontains=query)
            | Q(product__name__icontains=query)
            | Q(category__name__icontains=query)
            | Q(campaign__name__icontains=query)
        )
    found = found.select_related("product", "category", "campaign", "merchant")
    return with_files(found).order_by("-updated_at", "-pk")


def text_with_link(material: Material, address: str) -> str:
    """The text to copy, with the distributor's own link where it says {link}."""
    return material.text.replace(LINK_MARK, address)
