"""Django's administration with our site (logs/admin_site.py) in place of its own."""

from django.contrib.admin.apps import AdminConfig


class SiteAdminConfig(AdminConfig):
    default_site = "logs.admin_site.SiteAdmin"
