"""Routes of the whole site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from distribution_site.media import media

urlpatterns = [
    path("", include("apps.accounts.urls")),
    path(settings.CONSOLE_PATH, include("apps.console.urls")),
    path(settings.CONSOLE_PATH, admin.site.urls),
    path("", include("apps.joining.urls")),
    path("", include("apps.promotion.urls")),
    path("me/", include("apps.portal.urls")),
    path("s/", include("apps.shop.urls")),
    path("pay/", include("apps.payments.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]

if settings.SERVE_MEDIA:
    urlpatterns.append(path("media/<path:path>", media))
