"""Evidence goes where only a view that asks who you are can reach it."""

from collections.abc import Sequence

from apps.core import attachments
from apps.core.attachments import CheckedFile
from apps.price_control.models import Appeal, Violation, ViolationFile


def keep_files(
    *, violation: Violation, files: Sequence[CheckedFile], appeal: Appeal | None = None
) -> None:
    """Store checked files with a violation or its appeal: the last step of the transaction."""
    belongs = {
        "merchant_id": violation.merchant_id,
        "violation": violation,
        "appeal": appeal,
    }
    attachments.keep_files((ViolationFile(**belongs), each) for each in files)
