from allauth.account import views as account_views
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from memchat.users.views import first_staff_page, needs_mail

# The admin is entered through the site's own door, with its limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("accounts/password/reset/", needs_mail(account_views.password_reset)),
    path("accounts/email/", needs_mail(account_views.email)),
    path("accounts/", include("allauth.urls")),
    path("first-staff/<str:token>/", first_staff_page, name="first_staff"),
    path("admin/", admin.site.urls),
    path("memories/", include("memories.urls")),
    path("", include("conversations.urls")),
]
