"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("logs.urls")),
]
handler404 = "logs.views.errors.missing"
handler500 = "logs.views.errors.broken"
