"""Addresses of paying. Providers tell at /pay/notify/…; customers pay at their order's."""

from django.urls import path

from apps.payments.views import notifying, paying, transfers

app_name = "payments"

ORDER = "<slug:merchant_code>/<slug:order_no>/"

urlpatterns = [
    path("notify/wechat/", notifying.wechat, name="notify_wechat"),
    path("notify/alipay/", notifying.alipay, name="notify_alipay"),
    path(ORDER, paying.pay, name="pay"),
    path(f"{ORDER}start/", paying.start, name="start"),
    path(f"{ORDER}openid/", paying.openid, name="openid"),
    path(f"{ORDER}transfer/", transfers.transfer, name="transfer"),
    path(f"{ORDER}a/<slug:number>/", paying.attempt, name="attempt"),
    path(f"{ORDER}a/<slug:number>/state/", paying.state, name="state"),
    path(f"{ORDER}a/<slug:number>/qr.svg", paying.qr, name="qr"),
]
