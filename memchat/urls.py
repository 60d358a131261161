from allauth.account import views as account_views
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from memchat import account_pages
from memchat.api import completions, site
from memchat.staff.overview import overview
from memchat.staff.reason import keep_reason
from memchat.staff.usage import usage
from memchat.users import language, token_views
from memchat.users.views import first_staff_page, needs_mail
from memchat.web import installable

# The admin is entered through the site's own door, with its limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("accounts/password/reset/", needs_mail(account_views.password_reset)),
    path("accounts/email/", needs_mail(account_views.email)),
    path("accounts/data/", account_pages.data, name="account_data"),
    path("accounts/export/", account_pages.export, name="account_export"),
    path("accounts/export/threads/", account_pages.export_threads, name="account_export_threads"),
    path("accounts/delete/", account_pages.delete, name="account_delete"),
    path("accounts/deleted/", account_pages.deleted, name="account_deleted"),
    path("accounts/tokens/", token_views.own, name="tokens"),
    path("accounts/tokens/new/", token_views.make, name="token_new"),
    path("accounts/tokens/<int:pk>/revoke/", token_views.revoke, name="token_revoke"),
    path("accounts/", include("allauth.urls")),
    path("language/", language.choose, name="language"),
    path("manifest.webmanifest", installable.manifest, name="manifest"),
    path("first-staff/<str:token>/", first_staff_page, name="first_staff"),
    path("admin/overview/", admin.site.admin_view(overview), name="admin_overview"),
    path("admin/usage/", admin.site.admin_view(usage), name="admin_usage"),
    path("admin/reason/", admin.site.admin_view(keep_reason), name="admin_reason"),
    path("admin/", admin.site.urls),
    path("memories/", include("memories.urls")),
    path("api/v1/openapi.json", site.description, name="api_description"),
    path("api/v1/docs/", site.documentation, name="api_docs"),
    path("api/v1/", site.api.urls),
    path("v1/chat/completions", completions.completions, name="completions"),
    path("v1/models", completions.models, name="completions_models"),
    path("v1/models/<path:name>", completions.model, name="completions_model"),
    path("", include("conversations.urls")),
]

handler400 = "memchat.web.error_pages.bad_request"
handler403 = "memchat.web.error_pages.permission_denied"
handler404 = "memchat.web.error_pages.page_not_found"
handler500 = "memchat.web.error_pages.server_error"
