"""The links a distributor shares."""

from django.urls import reverse

from apps.distributors.models import Distributor


def shop_link(distributor: Distributor) -> str:
    """The path of the distributor's shop, /s/<shop code>/; a page adds the site's address."""
    return reverse("shop:home", args=[distributor.shop_code])
