"""The address that promo links and their QR codes hold; as short as can be."""

from django.urls import path

from apps.promotion import views

app_name = "promotion"

urlpatterns = [path("r/<slug:code>", views.follow, name="follow")]
