"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from botbot.monitoring import healthz, metrics, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("", include("logs.urls")),
]
handler404 = "logs.views.http.errors.show_not_found"
handler500 = "logs.views.http.errors.show_server_error"
