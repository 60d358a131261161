from django.urls import path

from conversations import views

urlpatterns = [
    path("", views.home, name="home"),
    path("say/", views.say, name="say"),
    path("threads/<uuid:thread_id>/", views.thread, name="thread"),
    path("threads/<uuid:thread_id>/rename/", views.rename, name="thread_rename"),
    path("threads/<uuid:thread_id>/delete/", views.delete, name="thread_delete"),
    path("messages/<uuid:message_id>/source/", views.source, name="message_source"),
    path("messages/<uuid:message_id>/html/", views.rendered, name="message_html"),
    path("messages/<uuid:message_id>/stop/", views.stop, name="thread_stop"),
    path("messages/<uuid:message_id>/retry/", views.retry, name="thread_retry"),
]
