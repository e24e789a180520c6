"""How a merchant binds customers: each change is a version of its own, from now on."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.accounts.models import User
from apps.core.locks import lock_until_commit
from apps.distributors.models import BindingPolicy
from apps.distributors.services.binding import BindingRefused
from apps.merchants.models import Merchant

CHOICES = frozenset(
    {
        "rule",
        "days",
        "protection_days",
        "bind_on",
        "click_window_days",
        "binds_distributors",
        "binds_staff",
        "covers_files",
        "appeal_days",
    }
)


def set_binding_policy(*, merchant: Merchant, actor: User | None, **choices: Any) -> BindingPolicy:
    """Bind by these CHOICES from now on; what is left out stays as it was.

    Bindings made before keep their dates. Choosing what is in force already adds no version.
    Raises BindingRefused for a wrong value.
    """
    if unknown := choices.keys() - CHOICES:
        raise TypeError(f"Not a choice: {', '.join(sorted(unknown))}")
    with scope(merchant=merchant), transaction.atomic():
        lock_until_commit(f"distributors.binding_policy.{merchant.pk}")
        last = BindingPolicy.objects.filter(merchant=merchant).order_by("-version").first()
        before = last or BindingPolicy()
        values = {name: choices.get(name, getattr(before, name)) for name in sorted(CHOICES)}
        if values["rule"] != BindingPolicy.Rule.FIRST_TOUCH_DAYS:
            values["days"] = None
        elif not values["days"]:
            raise BindingRefused(_("Say how many days a binding lasts."))
        if last and values == {name: getattr(last, name) for name in values}:
            return last
        policy = BindingPolicy(
            merchant=merchant,
            version=last.version + 1 if last else 1,
            effective_from=timezone.now(),
            changed_by=actor,
            **values,
        )
        try:
            policy.full_clean()
        except ValidationError as error:
            raise BindingRefused("\n".join(error.messages)) from error
        policy.save(force_insert=True)
        return policy
