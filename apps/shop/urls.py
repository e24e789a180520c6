"""Addresses of a distributor's shop, under /s/."""

from django.urls import path

from apps.shop.views import campaigns, cart, checkout, goods, orders

app_name = "shop"

ORDER = "<slug:shop_code>/orders/<slug:order_no>/"

urlpatterns = [
    path("<slug:shop_code>/", goods.home, name="home"),
    path("<slug:shop_code>/products/<int:pk>/", goods.product, name="product"),
    path("<slug:shop_code>/campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("<slug:shop_code>/reviews/<int:pk>/", goods.review_picture, name="review_picture"),
    path("<slug:shop_code>/cart/", cart.cart, name="cart"),
    path("<slug:shop_code>/cart/add/", cart.add, name="add_to_cart"),
    path("<slug:shop_code>/cart/<int:pk>/", cart.change, name="change_cart"),
    path("<slug:shop_code>/checkout/", checkout.checkout, name="checkout"),
    path("<slug:shop_code>/addresses/", orders.addresses, name="addresses"),
    path("<slug:shop_code>/addresses/<int:pk>/forget/", orders.forget, name="forget_address"),
    path("<slug:shop_code>/orders/", orders.orders, name="orders"),
    path(ORDER, orders.order, name="order"),
    path(f"{ORDER}claim/", orders.claim, name="claim_order"),
    path(f"{ORDER}paid/", orders.paid, name="order_paid"),
    path(f"{ORDER}cancel/", orders.cancel, name="cancel_order"),
    path(f"{ORDER}received/", orders.received, name="order_received"),
    path(f"{ORDER}lines/<int:number>/refund/", orders.ask_refund, name="ask_refund"),
    path(f"{ORDER}lines/<int:number>/review/", orders.review, name="review"),
]
