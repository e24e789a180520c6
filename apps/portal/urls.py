"""Addresses of the distributor's pages, under /me/."""

from django.urls import path

from apps.portal.views import (
    account,
    agreement,
    campaigns,
    customers,
    home,
    inviting,
    level,
    money,
    ranking,
    selling,
    violations,
)

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("products/", selling.products, name="products"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
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
    path("share/", selling.share, name="share"),
    path("share/qr.<str:image_format>", selling.share_qr, name="share_qr"),
    path("invite/", inviting.invite, name="invite"),
    path("invite/qr.<str:image_format>", inviting.invite_qr, name="invite_qr"),
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
    path("account/switch/", account.switch, name="switch"),
]
