"""What staff see of people's words in the admin: nothing, unless they may look and the look has been noted.

The columns that hold words are not even read from the database until then. Lists show none of them; who may look can
have them shown, which leaves an entry for each person on the page. Looking for words is looking, too.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from memchat.staff.paginator import CappedPaginator
from memchat.staff.rights import GoesWithItsOwner
from memchat.users import access_log
from memchat.users.models import User

PEOPLE_AT_ONCE = 1_000

_OWNER = re.compile(r"(?:^|\s)(?:owner:|@)(\S+)")


class TextsFilter(admin.SimpleListFilter):
    """No filter: whether the list shows what people wrote."""

    title = gettext_lazy("texts")
    parameter_name = "texts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("shown", _("Show them, and note it"))]

    def choices(self, changelist: Any) -> Any:
        hidden, *others = super().choices(changelist)
        return [{**hidden, "display": _("Hidden")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def shows_texts(request: HttpRequest) -> bool:
    """Whether what this request shows of people's words has been noted, or will be before it is sent."""
    return bool(getattr(request, "shows_texts", False))


def searched_everybodys(request: HttpRequest) -> bool:
    """Whether this request has looked for words without naming whose."""
    return bool(getattr(request, "searched_everybodys", False))


def words(row: Any, name: str) -> str:
    """A column of words as staff may see it. One that was not read because they may not is never read later."""
    return _("hidden") if name in row.get_deferred_fields() else str(getattr(row, name))


class StaffLooks(GoesWithItsOwner, admin.ModelAdmin):
    """A model whose rows belong to people. Staff read it; nothing of it is changed or deleted here."""

    text_columns: tuple[str, ...] = ()
    """The columns that hold, or tell of, somebody's words."""
    named = ""
    """What one row is called in the access log."""
    named_all = ""
    list_texts: tuple[str, ...] = ()
    """Columns of the list that are shown with the texts."""
    reason_hint: Any = ""
    """What else a reason is needed for."""
    extra_lookups: tuple[str, ...] = ("user__id__exact",)

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    sortable_by = ()
    list_select_related = ("user",)
    # Searching is done by get_search_results; this only shows the field.
    search_fields = ("user__username",)
    change_list_template = "admin/looking_list.html"
    change_form_template = "admin/looking_form.html"

    # --- Rights ---------------------------------------------------------------------------------------------

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What the page offers and nothing else: a filter by what a text begins with would tell the text."""
        columns = {one for one in self.list_filter if isinstance(one, str)} - set(self.text_columns)
        own = {getattr(one, "parameter_name", "") for one in (TextsFilter, *self.list_filter)}
        return lookup in self.extra_lookups or lookup in own or lookup.split("__")[0] in columns

    # --- What is read ---------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        return queryset if shows_texts(request) else queryset.defer(*self.text_columns)

    def get_list_display(self, request: HttpRequest) -> Any:
        first, *others = super().get_list_display(request)
        return (first, *(self.list_texts if shows_texts(request) else ()), *others)

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = tuple(super().get_list_filter(request))
        return (TextsFilter, *filters) if self.list_texts and access_log.may_view_text(request) else filters

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """`owner:name` or `@name` names a person; what else is typed is words to look for, for those who may."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            return queryset.none(), False
        found = _OWNER.search(search_term.replace("\x00", " "))
        rest = _OWNER.sub(" ", search_term.replace("\x00", " "), count=1).strip()
        owner = found[1] if found else ""
        if rest and not owner and (by_id := self.by_id(queryset, rest)) is not None:
            return by_id, False
        if rest and not owner and not self.may_search_texts(request):
            owner, rest = rest, ""
        if owner:
            owner_id = _id_of(owner)
            queryset = queryset.none() if owner_id is None else queryset.filter(user_id=owner_id)
        if rest and not self.may_search_texts(request):
            messages.warning(request, _("Looking for words needs the right to look at what people wrote."))
            return queryset.none(), False
        if rest:
            named = [owner_id] if owner else _ids_filtered_by(request)
            # Before anything is looked for, whatever becomes of the page.
            self._note_search(request, [one for one in named if one is not None])
            # Otherwise those who have the words, once they are known.
            request.searched_everybodys = not named  # type: ignore[attr-defined]
            queryset = self.search_texts(request, queryset, rest)
        return queryset, False

    def may_search_texts(self, request: HttpRequest) -> bool:
        """Whether this list can be searched for words, by this member of staff."""
        searches = type(self).search_texts is not StaffLooks.search_texts
        return searches and access_log.may_view_text(request)

    def search_texts(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows in which a text occurs; for lists that have such a search."""
        raise NotImplementedError

    def by_id(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any] | None:
        """The rows that a typed id means; None when it is no id."""
        return None

    # --- Noting ---------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        shown = bool(self.list_texts) and request.GET.get("texts") == "shown" and access_log.may_view_text(request)
        request.shows_texts = shown  # type: ignore[attr-defined]
        response = super().changelist_view(request, {**self._looking(request), **(extra_context or {})})
        page = (getattr(response, "context_data", None) or {}).get("cl")
        if page is not None:
            # The page is written later than this, and only if this succeeds.
            self.note_list(request, [row.user_id for row in page.result_list])
        return response

    def note_list(self, request: HttpRequest, owner_ids: list[int]) -> None:
        """Note what a list tells of these people's words."""
        if shows_texts(request):
            access_log.note_each(request, owner_ids, f"list of {self.named_all}")
        if searched_everybodys(request):
            self._note_search(request, owner_ids)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any) -> Any:
        """What an action answers tells whose texts have the words that were looked for, whether it is a page or not."""
        if searched_everybodys(request):
            owner_ids = self._owners_acted_on(request, queryset)
            if len(owner_ids) == PEOPLE_AT_ONCE:
                self.message_user(request, _("These are too many people's at once."), messages.ERROR)
                return None
            self._note_search(request, owner_ids)
        return super().response_action(request, queryset, *args, **kwargs)

    def _owners_acted_on(self, request: HttpRequest, found: QuerySet[Any]) -> list[int]:
        """Whose rows an action is about: all that were found, or the chosen ones, also those without the words."""
        across = forms.BooleanField(required=False).to_python(request.POST.get("select_across"))
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        rows = found if across else self.model._default_manager.filter(pk__in=chosen)
        return list(rows.order_by("user_id").values_list("user_id", flat=True).distinct()[:PEOPLE_AT_ONCE])

    def _note_search(self, request: HttpRequest, owner_ids: list[int]) -> None:
        access_log.note_each(request, owner_ids, f"search in {self.named_all}")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if self.has_view_permission(request) and access_log.may_view_text(request):
            row = self._found(object_id)
            if row is not None:
                access_log.note(request, row[1], f"{self.named} {row[0]}")
                request.shows_texts = True  # type: ignore[attr-defined]
        return super().change_view(request, object_id, form_url, {**self._looking(request), **(extra_context or {})})

    def _found(self, object_id: str) -> tuple[Any, int] | None:
        try:
            pk = self.model._meta.pk.to_python(unquote(object_id))
        except ValidationError:
            return None
        return self.model._default_manager.filter(pk=pk).values_list("pk", "user_id").first()

    def _looking(self, request: HttpRequest) -> dict[str, Any]:
        may = access_log.may_view_text(request)
        return {
            "may_view_text": may,
            "asks_reason": may or bool(self.reason_hint),
            "reason_hint": self.reason_hint,
            "reason_to_look": access_log.reason_to_look(request),
            "reason_max_chars": access_log.REASON_MAX_CHARS,
        }


def _ids_filtered_by(request: HttpRequest) -> list[int]:
    """Whose rows alone the address asks for."""
    ids = [one for one in request.GET.getlist("user__id__exact") if one.isdecimal()]
    return list(User.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else []


def _id_of(username: str) -> int | None:
    name = User.normalize_username(username)
    return User.objects.filter(username__iexact=name).values_list("pk", flat=True).first()
