"""Background jobs in the admin: procrastinate's own page breaks our content security policy and shows any argument."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db import Error, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from procrastinate.contrib.django import admin as theirs
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Status

from memchat.jobs import app
from memchat.staff.paginator import CappedPaginator
from memchat.staff.rights import LookOnlyInline

RETRIED_AT_ONCE = 1_000


class TaskFilter(admin.SimpleListFilter):
    title = gettext_lazy("task")
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(name, name) for name in sorted(app.tasks) if not name.startswith("builtin")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProcrastinateJob]) -> QuerySet[ProcrastinateJob]:
        return queryset.filter(task_name=self.value()) if self.value() in app.tasks else queryset


def is_id(value: Any) -> bool:
    """Jobs carry ids; whatever else stood there would be somebody's business."""
    if value is None or isinstance(value, bool | int | float):
        return True
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True


class EventInline(LookOnlyInline):
    model = ProcrastinateEvent
    fields = readonly_fields = ("at", "type")
    ordering = ("-id",)


class JobAdmin(admin.ModelAdmin):
    list_display = ("number", "task_name", "status", "attempts", "scheduled_at", "ids")
    list_filter = ("status", TaskFilter)
    ordering = ("-id",)
    sortable_by = ()
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = ("task_name", "status", "attempts", "scheduled_at", "ids", "priority", "lock", "queueing_lock", "worker")
    readonly_fields = fields
    inlines = (EventInline,)
    actions = ("try_again",)

    @admin.display(description=gettext_lazy("job"))
    def number(self, job: ProcrastinateJob) -> str:
        return str(job)

    @admin.display(description=gettext_lazy("about"))
    def ids(self, job: ProcrastinateJob) -> str:
        return ", ".join(f"{name} {value if is_id(value) else '…'}" for name, value in job.args.items())

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in {"status__exact", TaskFilter.parameter_name}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_try_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.has_perm("procrastinate.change_procrastinatejob"))

    @admin.action(description=gettext_lazy("Try again what failed"), permissions=["try"])
    def try_again(self, request: HttpRequest, jobs: QuerySet[ProcrastinateJob]) -> None:
        failed = list(jobs.filter(status=Status.FAILED.value).values_list("pk", flat=True)[:RETRIED_AT_ONCE])
        count = 0
        for pk in failed:
            try:
                with transaction.atomic():
                    app.job_manager.retry_job_by_id(pk, timezone.now())
            except (Error, ProcrastinateException):
                # Begun again by somebody else, or the same is waiting already.
                continue
            count += 1
        self.message_user(
            request, ngettext("%d job will be tried again.", "%d jobs will be tried again.", count) % count
        )
        if count < len(failed):
            self.message_user(request, _("The others are under way or waiting already."), messages.INFO)


def _name(job: ProcrastinateJob) -> str:
    return _("job %d") % job.pk


# Its own name holds the arguments, and would stand in titles and labels.
ProcrastinateJob.__str__ = _name  # type: ignore[method-assign]
assert theirs  # Registered by now, so that it can be replaced.
admin.site.unregister(ProcrastinateJob)
admin.site.register(ProcrastinateJob, JobAdmin)
