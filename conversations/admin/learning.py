"""What became of learning from messages, in the admin; what failed can be tried again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conversations.admin.messages import link
from conversations.models import Learning, LearningState
from memchat.jobs import enqueue
from memchat.staff.texts import StaffLooks, words

AT_ONCE = 1_000


@admin.register(Learning)
class LearningAdmin(StaffLooks):
    # What a provider says of an error may repeat what it was asked.
    text_columns = ("error_detail",)
    named = "learning from message"
    named_all = "learning from messages"
    list_display = ("created_at", "user", "state", "attempts", "found", "error_kind", "ended_at")
    list_filter = ("state", "created_at")
    ordering = ("-created_at", "-pk")
    search_help_text = _("A username")
    fields = (
        "of_message", "user", "state", "attempts", "found", "error_kind", "detail", "input_tokens", "output_tokens",
        "cached_tokens", "cost", "created_at", "ended_at",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("try_again",)

    @admin.display(description=_("message"))
    def of_message(self, learning: Learning) -> str:
        return link("conversations_message", learning.message_id, learning.message_id)

    @admin.display(description=_("error detail"))
    def detail(self, learning: Learning) -> str:
        return words(learning, "error_detail")

    def has_try_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.has_perm("conversations.change_learning"))

    @admin.action(description=_("Try again what failed"), permissions=["try"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Learning]) -> None:
        with transaction.atomic():
            failed = list(
                Learning.objects.select_for_update()
                .filter(pk__in=chosen.order_by().values("pk"), state=LearningState.FAILED)
                .values_list("pk", "user_id")[:AT_ONCE]
            )
            Learning.objects.filter(pk__in=[pk for pk, _user in failed]).update(
                state=LearningState.WAITING, attempts=0, error_kind="", error_detail="", ended_at=None
            )
            for pk, user in failed:
                enqueue("conversations.learn", message=str(pk), user=user)
        count = len(failed)
        self.message_user(
            request,
            ngettext("%d message will be learned from.", "%d messages will be learned from.", count) % count,
            messages.SUCCESS,
        )
