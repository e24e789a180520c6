"""Only the part of allauth this site offers: sign in, sign out, change the password.

A first or lost password is set by a one-time link that an operator gives.
"""

from allauth.account import views as allauth_views
from django.urls import path

from apps.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/login/", allauth_views.login, name="account_login"),
    path("accounts/logout/", allauth_views.logout, name="account_logout"),
    path("accounts/welcome/<uidb64>/<token>/", views.WelcomeView.as_view(), name="account_welcome"),
    path("accounts/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path(
        "accounts/password/change/", allauth_views.password_change, name="account_change_password"
    ),
]
