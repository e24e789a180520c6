"""What somebody filled in, checked against what the merchant asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from apps.core.attachments import CheckedFile, Upload, check_files
from apps.distributors.services.banned import id_number_hash
from apps.joining.models import QUESTIONS, JoiningPolicy, Submission
from apps.joining.selectors import questions_of
from apps.joining.services.identity import birth_date_of, check_adult, normalise_id_number
from apps.joining.services.refusals import JoiningRefused
from apps.merchants.models import Agreement
from apps.merchants.selectors import current_agreement

LONGEST_ANSWER = 2000
LONGEST_NAME = 80
Ask = JoiningPolicy.Ask


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it came. `agreement` is the id of the version that was shown and agreed to."""

    name: str
    is_adult: bool
    answers: Mapping[str, str] = field(default_factory=dict)
    birth_date: date | None = None
    real_name: str = ""
    id_number: str = ""
    agreement: int | None = None
    files: Sequence[Upload] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A form that may be kept: the values of a submission, and its files."""

    values: dict[str, Any]
    files: list[CheckedFile]


def check_filled(
    policy: JoiningPolicy, filled: Filled, earlier: Submission | None = None
) -> Checked:
    """The form against the policy; what an `earlier` submission told need not be told again.

    What the merchant does not ask is not kept. Raises JoiningRefused with what is missing or wrong.
    """
    name = " ".join(filled.name.split())
    if not name or len(name) > LONGEST_NAME:
        raise JoiningRefused(_("Enter your name, at most 80 characters."))
    if not filled.is_adult:
        raise JoiningRefused(_("Only people of 18 or older may become distributors."))
    identity = _identity(policy, filled, earlier)
    return Checked(
        values={
            "name": name,
            "is_adult": True,
            "answers": _answers(policy, filled.answers),
            "agreement": _agreement(policy, filled),
            **identity,
        },
        files=_files(policy, filled, earlier),
    )


def _answers(policy: JoiningPolicy, answers: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for name, label in questions_of(policy).items():
        text = str(answers.get(name, "")).strip()
        if not text and policy.asked(name) == Ask.REQUIRED:
            raise JoiningRefused(_("Please answer “%(question)s”.") % {"question": label})
        if len(text) > LONGEST_ANSWER:
            raise JoiningRefused(
                _("“%(question)s” is longer than 2000 characters.") % {"question": label}
            )
        if text:
            kept[name] = text
    return kept


def _agreement(policy: JoiningPolicy, filled: Filled) -> Agreement | None:
    current = current_agreement(policy.merchant)
    if current is None:
        return None
    if filled.agreement is None:
        raise JoiningRefused(_("Read the agreement and agree to it first."))
    if filled.agreement != current.pk:
        raise JoiningRefused(_("A newer version has been published. Read that one first."))
    return current


def _identity(policy: JoiningPolicy, filled: Filled, earlier: Submission | None) -> dict[str, Any]:
    told = {
        name: getattr(filled, name) or (getattr(earlier, name) if earlier else None)
        for name in ("real_name", "id_number", "birth_date")
        if policy.asked(name) != Ask.NO
    }
    labels = {
        "real_name": _("Real name"),
        "id_number": _("ID number"),
        "birth_date": _("Birth date"),
    }
    for name, value in told.items():
        if not value and policy.asked(name) == Ask.REQUIRED:
            raise JoiningRefused(_("%(field)s: please fill this in.") % {"field": labels[name]})
    number = normalise_id_number(told["id_number"]) if told.get("id_number") else None
    born = told.get("birth_date")
    if number and born and birth_date_of(number) != born:
        raise JoiningRefused(_("The birth date is not the one in the ID number."))
    if number or born:
        check_adult(born or birth_date_of(number), policy.merchant)
    real_name = " ".join((told.get("real_name") or "").split())[:LONGEST_NAME]
    return {
        "real_name": real_name or None,
        "id_number": number,
        "id_hash": id_number_hash(policy.merchant, number) if number else "",
        "id_tail": number[-4:] if number else "",
        "birth_date": born,
    }


def _files(policy: JoiningPolicy, filled: Filled, earlier: Submission | None) -> list[CheckedFile]:
    asked = policy.asked("attachments")
    if asked == Ask.NO:
        return []
    has_earlier = (
        earlier is not None
        and earlier.application.submissions.filter(attachments__isnull=False).exists()
    )
    if not filled.files and asked == Ask.REQUIRED and not has_earlier:
        raise JoiningRefused(_("Attach at least one picture or PDF."))
    return check_files(filled.files)


def check_scores(scores: Mapping[str, int]) -> dict[str, int]:
    """Scores of 1 to 5 by question. Raises JoiningRefused for anything else."""
    if any(name not in QUESTIONS or score not in range(1, 6) for name, score in scores.items()):
        raise JoiningRefused(_("A score is 1 to 5."))
    return dict(scores)
