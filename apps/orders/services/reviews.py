"""What customers think of what they bought, and who lets others read it."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import attachments
from apps.core.attachments import IMAGE, AttachmentRefused, Upload, check_files
from apps.core.errors import Refused
from apps.orders.models import Order, OrderLine, Review, ReviewFile
from apps.orders.services.progress import lock_order

Status = Review.Status
MAX_PICTURES = 3


class ReviewRefused(Refused):
    """The review was not taken; the message says why."""


@transaction.atomic
def write_review(
    *, order_line: OrderLine, stars: int, words: str = "", uploads: Sequence[Upload] = ()
) -> Review:
    """Keep what the customer of a completed order thinks of one of its lines; once.

    Others read it when it is let through (`decide_review`). Raises ReviewRefused for an order that
    is not completed, a second review, or words that are too long; AttachmentRefused for a picture
    that cannot be taken.
    """
    order = lock_order(order_line.order)
    if order.status != Order.Status.COMPLETED:
        raise ReviewRefused(_("A review can be written once the order is completed."))
    if stars not in range(1, 6):
        raise ReviewRefused(_("Please give one to five stars."))
    words = words.strip()
    if len(words) > Review._meta.get_field("words").max_length or "\x00" in words:
        raise ReviewRefused(_("Please use at most 500 characters."))
    checked = check_files(uploads)
    if len(checked) > MAX_PICTURES or any(each.kind != IMAGE for each in checked):
        raise AttachmentRefused(_("Add at most %(count)s pictures.") % {"count": MAX_PICTURES})
    try:
        with transaction.atomic():
            review = Review.objects.create(
                merchant_id=order_line.merchant_id,
                order_line=order_line,
                product_id=order_line.sku.product_id,
                stars=stars,
                words=words,
                author=order.recipient_name or order.customer.name,
            )
    except IntegrityError as error:
        raise ReviewRefused(_("You have reviewed this already.")) from error
    rows = ((ReviewFile(merchant_id=review.merchant_id, review=review), each) for each in checked)
    attachments.keep_files(rows)
    return review


@transaction.atomic
def decide_review(*, review: Review, show: bool, actor: User | None) -> Review:
    """Let other customers read a review, or hide it; either may be changed later."""
    review = Review.objects.select_for_update().get(pk=review.pk)
    review.status = Status.SHOWN if show else Status.HIDDEN
    review.decided_at, review.decided_by = timezone.now(), actor
    review.save(update_fields=["status", "decided_at", "decided_by"])
    return review
