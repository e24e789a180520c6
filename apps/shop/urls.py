"""Addresses of a distributor's shop, under /s/."""

from django.urls import path

from apps.shop import views

app_name = "shop"

urlpatterns = [
    path("<slug:shop_code>/", views.home, name="home"),
    path("<slug:shop_code>/products/<int:pk>/", views.product, name="product"),
    path("<slug:shop_code>/checkout/", views.checkout, name="checkout"),
    path("<slug:shop_code>/orders/<slug:order_no>/", views.order, name="order"),
]
