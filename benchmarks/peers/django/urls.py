"""The one endpoint that is measured."""

from django.conf import settings
from django.urls import include, path

if settings.PEER == "oauth-toolkit":
    urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]
else:
    from rest_framework_simplejwt.views import TokenRefreshView

    urlpatterns = [path("refresh", TokenRefreshView.as_view())]
