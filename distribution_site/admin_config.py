"""Makes `django.contrib.admin` use the operator console as its default site."""

from django.contrib.admin.apps import AdminConfig


class ConsoleAdminConfig(AdminConfig):
    default_site = "apps.core.admin_site.ConsoleSite"
