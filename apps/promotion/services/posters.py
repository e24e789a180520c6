"""Posters (海报): composed once for what is on them, kept, and thrown away when old."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from apps.core.attachments import IMAGE
from apps.core.templatetags.money_display import money_text
from apps.distributors.models import Distributor
from apps.merchants.models import Merchant
from apps.promotion.drawing import TEMPLATES, Sheet, draw_poster
from apps.promotion.models import Material, MaterialFile, PromoLink
from apps.promotion.qr import qr_matrix
from apps.promotion.selectors.policies import promotion_policy_of
from apps.promotion.selectors.targets import Target, find_target, goods_to_share
from apps.promotion.services.refusals import PromotionRefused

# Whoever changes how posters look raises it: those drawn before are then drawn anew.
VERSION = 1
BACKDROP = "backdrop"
QUALITY = 88
KEPT_FOR = timedelta(days=30)
MOST_KEPT = 2000


@dataclass(frozen=True)
class PosterPlan:
    """What a poster will show. `key` is the same for the same poster, and for no other."""

    merchant_id: int
    key: str
    template: str
    texts: dict[str, str]
    address: str
    picture: str
    backdrop: MaterialFile | None

    @property
    def path(self) -> str:
        """Where it is kept: each merchant's apart, under a name that nobody can guess."""
        return f"{_folder(self.merchant_id)}/{self.key}.jpg"


def _folder(merchant_id: int) -> str:
    return f"posters/{merchant_id}"


def plan_poster(
    *, link: PromoLink, address: str, template: str, backdrop: Material | None = None
) -> PosterPlan:
    """Read what goes on a poster, in the language in force. `address`: the link's, in full.

    Draws nothing yet. Inside the merchant's scope. Raises PromotionRefused for a look that does
    not exist, a backdrop without a picture, and a target that cannot be shared any more.
    """
    if template not in TEMPLATES or (template == BACKDROP) != (backdrop is not None):
        raise PromotionRefused(_("There is no such poster: choose another look."))
    person = link.distributor
    target = find_target(distributor=person, kind=link.kind, target_id=link.target_id)
    if target is None:
        raise PromotionRefused(_("What the link leads to is no longer for sale."))
    texts = _texts(link, person, target)
    picture = _picture_name(link, person, target)
    behind = _backdrop_file(backdrop)
    content = [VERSION, template, texts, address, picture, behind.pk if behind else None]
    key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return PosterPlan(link.merchant_id, key, template, texts, address, picture, behind)


def _texts(link: PromoLink, person: Distributor, target: Target) -> dict[str, str]:
    merchant = person.merchant
    own = target.product.summary if target.product else ""
    if link.kind == PromoLink.Kind.INVITATION:
        own = _("Sell what you like, earn on what is really sold")
    slogan = own or promotion_policy_of(merchant).slogan or _("Good things are for sharing")
    price = "" if target.price is None else money_text(target.price, merchant.currency)
    is_from = target.product is not None and target.product.sku_count > 1
    return {
        "merchant": merchant.name,
        "person": person.name,
        "title": target.title,
        "slogan": slogan,
        "hint": _("Press and hold to scan"),
        "price": _("from %(price)s") % {"price": price} if price and is_from else price,
    }


def _picture_name(link: PromoLink, person: Distributor, target: Target) -> str:
    if target.product is not None:
        return target.product.image.name or ""
    if target.picture:
        return target.picture
    newest = goods_to_share(person).exclude(image="").values_list("image", flat=True).first()
    return newest or ""


def _backdrop_file(backdrop: Material | None) -> MaterialFile | None:
    if backdrop is None:
        return None
    files = MaterialFile.objects.filter(material=backdrop, kind=IMAGE, removed_at__isnull=True)
    found = files.order_by("pk").first()
    if found is None:
        raise PromotionRefused(_("There is no such poster: choose another look."))
    return found


def kept_poster(plan: PosterPlan) -> bytes | None:
    """The poster as a JPEG, if it has been drawn before and is still kept."""
    try:
        with default_storage.open(plan.path, "rb") as kept:
            return kept.read()
    except FileNotFoundError:
        return None


def make_poster(plan: PosterPlan) -> bytes:
    """Draw the poster as a JPEG, and keep it."""
    content = _draw(plan)
    name = default_storage.save(plan.path, ContentFile(content))
    if name != plan.path:
        # Somebody else drew the same meanwhile.
        default_storage.delete(name)
    return content


def _draw(plan: PosterPlan) -> bytes:
    behind = plan.backdrop
    sheet = Sheet(
        **plan.texts,
        matrix=qr_matrix(plan.address),
        picture=_open(lambda: default_storage.open(plan.picture)) if plan.picture else None,
        background=_open(lambda: behind.file.open("rb")) if behind else None,
    )
    out = BytesIO()
    draw_poster(plan.template, sheet).save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _open(opener) -> Image.Image | None:
    """The picture; None where its file is gone or broken, which is no reason to have no poster."""
    try:
        file: BinaryIO
        with opener() as file:
            picture = Image.open(file)
            return picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    except (OSError, ValueError):
        return None


def prune_posters(*, merchant: Merchant, as_of: datetime | None = None) -> int:
    """Delete kept posters older than 30 days, and the oldest beyond 2 000; returns how many.

    They are drawn again when somebody asks.
    """
    as_of, folder = as_of or timezone.now(), _folder(merchant.pk)
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return 0
    paths = [f"{folder}/{name}" for name in names]
    aged = sorted(((default_storage.get_modified_time(each), each) for each in paths), reverse=True)
    gone = [
        path
        for number, (made, path) in enumerate(aged)
        if number >= MOST_KEPT or made < as_of - KEPT_FOR
    ]
    for path in gone:
        default_storage.delete(path)
    return len(gone)
