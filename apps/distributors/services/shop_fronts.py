"""A distributor's shop front: name, words and picture."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.attachments import Upload, keep_picture, square_picture
from apps.core.errors import Refused
from apps.distributors.models import Distributor, ShopFront


class ShopFrontRefused(Refused):
    """The shop front was left as it was; the message says what to change."""


@transaction.atomic
def save_shop_front(
    *,
    distributor: Distributor,
    title: str = "",
    words: str = "",
    avatar: Upload | None = None,
    remove_avatar: bool = False,
) -> ShopFront:
    """Give a distributor's shop its name, words and, if there is one, a new picture.

    The picture is drawn again, square and small, without its metadata. Raises ShopFrontRefused for
    texts that are too long, AttachmentRefused for a file that is no JPEG, PNG or WebP picture.
    """
    content = square_picture(avatar) if avatar else None
    front, _created = ShopFront.objects.get_or_create(
        merchant_id=distributor.merchant_id, distributor=distributor
    )
    front = ShopFront.objects.select_for_update().get(pk=front.pk)
    front.title, front.words = _checked("title", title), _checked("words", words)
    front.save(update_fields=["title", "words"])
    if content or remove_avatar:
        keep_picture(row=front, field="avatar", content=content)
    return front


def _checked(field: str, value: str) -> str:
    value = " ".join(value.split())
    model_field = ShopFront._meta.get_field(field)
    if len(value) > model_field.max_length or "\x00" in value:
        raise ShopFrontRefused(
            _("%(field)s: please use at most %(max)s characters.")
            % {"field": model_field.verbose_name, "max": model_field.max_length}
        )
    return value
