"""What a merchant decides about promotion."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.locks import lock_until_commit
from apps.merchants.models import Merchant
from apps.promotion.models import PromotionPolicy
from apps.promotion.services.refusals import PromotionRefused


@transaction.atomic
def save_promotion_policy(
    *, merchant: Merchant, actor: User | None, retention_days: int, slogan: str
) -> PromotionPolicy:
    """Set how many days clicks keep their evidence (366 to 3650) and what posters say.

    Raises PromotionRefused for anything else.
    """
    lock_until_commit(f"promotion policy:{merchant.pk}")
    policy = PromotionPolicy.objects.filter(merchant=merchant).first()
    policy = policy or PromotionPolicy(merchant=merchant)
    policy.retention_days, policy.slogan = retention_days, slogan.strip()
    policy.changed_at, policy.changed_by = timezone.now(), actor
    try:
        policy.full_clean()
    except ValidationError as error:
        raise PromotionRefused("\n".join(error.messages)) from error
    policy.save()
    return policy
