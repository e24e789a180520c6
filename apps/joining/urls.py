"""Addresses of joining: from a merchant's own address, or from the shop of who invites."""

from django.urls import path

from apps.joining.views import applying, following

app_name = "joining"

urlpatterns = [
    path("s/<slug:shop_code>/join/", applying.shop_join, name="shop_join"),
    path("join/<slug:merchant_code>/", applying.join, name="join"),
    path("join/<slug:merchant_code>/<slug:reference>/", following.state, name="state"),
    path("join/<slug:merchant_code>/<slug:reference>/change/", following.change, name="change"),
    path(
        "join/<slug:merchant_code>/<slug:reference>/withdraw/",
        following.withdraw,
        name="withdraw",
    ),
]
