"""Addresses of the distributor's pages, under /me/."""

from django.urls import path

from apps.portal.views import (
    account,
    agreement,
    customers,
    figures,
    home,
    inviting,
    level,
    materials,
    money,
    ranking,
    selling,
    sharing,
    violations,
)

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("products/", selling.products, name="products"),
    path("orders/", selling.orders, name="orders"),
    path("orders/<int:pk>/", selling.order, name="order"),
    path("orders/<int:pk>/explain/", selling.explain, name="explain"),
    path("customers/", customers.customers, name="customers"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("appeals/", customers.appeals, name="appeals"),
    path("appeals/new/", customers.new_appeal, name="new_appeal"),
    path("appeals/<int:pk>/withdraw/", customers.take_back_appeal, name="withdraw_appeal"),
    path("team/", selling.team, name="team"),
    path("ranking/", ranking.ranking, name="ranking"),
    path("share/", sharing.share, name="share"),
    path("share/<slug:kind>/<int:target_id>/", sharing.share, name="share_target"),
    path("links/<slug:code>/qr.<str:image_format>", sharing.link_qr, name="link_qr"),
    path("links/<slug:code>/poster-<slug:look>.jpg", sharing.link_poster, name="link_poster"),
    path("promotion/", figures.promotion, name="promotion"),
    path("materials/", materials.materials, name="materials"),
    path("materials/<int:pk>/", materials.material, name="material"),
    path("materials/<int:pk>/copied/", materials.material_copied, name="material_copied"),
    path("materials/files/<int:pk>", materials.material_file, name="material_file"),
    path("invite/", inviting.invite, name="invite"),
    path("agreement/", agreement.agreement, name="agreement"),
    path("earnings/", money.earnings, name="earnings"),
    path("withdraw/", money.withdraw, name="withdraw"),
    path("withdrawals/", money.withdrawals, name="withdrawals"),
    path("violations/", violations.violations, name="violations"),
    path("violations/<int:pk>/", violations.violation, name="violation"),
    path("violations/files/<int:pk>/", violations.violation_file, name="violation_file"),
    path("level/", level.level, name="level"),
    path("account/", account.account, name="account"),
    path("account/payout/", account.payout_account, name="payout_account"),
    path("account/shop/", account.shop_front, name="shop_front"),
    path("account/switch/", account.switch, name="switch"),
]
