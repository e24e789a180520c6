"""Evidence goes where only a view that asks who you are can reach it."""

import secrets
from collections.abc import Sequence

from django.core.files.base import ContentFile

from apps.core.attachments import CheckedFile
from apps.price_control.models import Appeal, Violation, ViolationFile


def keep_files(
    *, violation: Violation, files: Sequence[CheckedFile], appeal: Appeal | None = None
) -> None:
    """Store checked files with a violation or its appeal: the last step of the transaction.

    What was written stays nowhere when one of them cannot be.
    """
    kept: list[ViolationFile] = []
    try:
        for each in files:
            file_name = f"{violation.merchant_id}/{secrets.token_hex(12)}.{each.suffix}"
            row = ViolationFile(
                merchant_id=violation.merchant_id,
                violation=violation,
                appeal=appeal,
                kind=each.kind,
                name=each.name,
                size=len(each.content),
            )
            row.file.save(file_name, ContentFile(each.content, name=file_name), save=False)
            kept.append(row)
            row.save()
    except Exception:
        for row in kept:
            row.file.storage.delete(row.file.name)
        raise
