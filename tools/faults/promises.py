"""Which test causes which fault, and what it is promised to come to."""

from __future__ import annotations

from dataclasses import dataclass

from tests.live.site import ROOT


@dataclass(frozen=True, slots=True)
class Promise:
    fault: str
    promise: str
    file: str
    tests: tuple[str, ...]

    def missing(self) -> list[str]:
        """Tests that are named here and do not exist."""
        text = (ROOT / self.file).read_text()
        return [test for test in self.tests if f"def {test}(" not in text]


_KILLED, _DATABASE = "tests/live/test_killed_and_ended.py", "tests/live/test_database_faults.py"
_TURNS, _REDIS = "tests/live/test_turns.py", "tests/live/test_processes.py"

PROMISES = (
    Promise(
        "A server killed while it answers (short form)",
        "No message lost or doubled; at most 1 s or 1 KiB of a reply lost; marked within 15 s",
        _KILLED,
        ("test_killed_at_any_moment_of_a_turn_the_server_loses_and_doubles_nothing",),
    ),
    Promise(
        "SIGTERM",
        "Replies end within the time given, everybody else is sent to another process, nothing new is begun",
        _KILLED,
        (
            "test_a_server_told_to_end_finishes_its_replies_and_sends_everybody_else_away",
            "test_a_message_sent_to_a_server_that_is_ending_is_not_taken_and_can_be_sent_again",
        ),
    ),
    Promise(
        "Ctrl-C, or a second SIGTERM",
        "Ends at once, with what was written",
        _KILLED,
        ("test_whoever_does_not_want_to_wait_need_not_and_what_was_written_is_kept",),
    ),
    Promise(
        "Database restarted in mode immediate; its connections terminated one by one",
        "Replies go on; the first success within 5 s",
        _DATABASE,
        ("test_a_reply_goes_on_when_the_database_is_gone_for_a_moment",),
    ),
    Promise(
        "Embedded database killed",
        "The site starts it again by itself; replies go on",
        _DATABASE,
        ("test_an_embedded_database_that_is_killed_is_started_again_by_the_site",),
    ),
    Promise(
        "Database stopped for 20 s",
        "The reply and a message sent meanwhile are stored within 5 s of its return",
        _DATABASE,
        ("test_a_reply_and_a_message_outlive_a_database_that_stands_still",),
    ),
    Promise(
        "Disk full",
        "What was there can be read, a banner says why nothing is stored, nothing is acknowledged that is not stored",
        "tests/live/test_full_disk.py",
        ("test_with_a_full_disk_everything_can_be_read_and_nothing_is_lost",),
    ),
    Promise(
        "Redis stopped and restarted",
        "The chat goes on, and tabs of other processes hear it again",
        _REDIS,
        (
            "test_the_chat_goes_on_while_redis_is_away",
            "test_a_tab_that_was_opened_while_redis_was_away_hears_the_other_process_once_it_is_back",
        ),
    ),
    Promise("Redis flushed", "Replies stream on", _REDIS, ("test_a_reply_streams_on_when_redis_forgets_everything",)),
    Promise(
        "One of several processes killed",
        "Another one marks its replies",
        _REDIS,
        ("test_a_killed_process_s_reply_is_marked_by_the_other_one",),
    ),
    Promise(
        "Provider: 429 with and without retry-after, 500, 529, error in mid-stream, silence, early end, garbage, empty",
        "Told in plain words, the message kept, can be tried again",
        _TURNS,
        (
            "test_a_failure_of_the_provider_is_told_plainly_and_the_message_is_kept",
            "test_a_rate_limit_says_when_to_try_again",
        ),
    ),
    Promise(
        "Embedder down, or answering nonsense",
        "Recall goes on by words, what is said is remembered",
        "tests/test_embedder_faults.py",
        ("test_a_turn_goes_on_by_words_and_what_is_said_is_remembered",),
    ),
    Promise(
        "Embedder that takes seconds",
        "No other reply loses its lease",
        "tests/live/test_slow_parts.py",
        ("test_an_embedder_that_takes_seconds_costs_no_other_reply_its_lease",),
    ),
    Promise(
        "Clients that never read, that flood, that send frames of 1 MiB",
        "Nobody else's reply is held up",
        "tests/live/test_bad_clients.py",
        ("test_nobody_else_s_reply_is_held_up",),
    ),
    Promise(
        "10,000 malformed frames, and twice 10,000 malformed requests",
        "Each is answered; none is an error of the site, ends its process, or closes its socket",
        "tests/test_floods.py",
        (
            "test_malformed_frames_are_answered_and_the_socket_stays",
            "test_malformed_requests_are_never_a_fault_of_the_site",
        ),
    ),
    Promise(
        "Clocks that jump",
        "No living reply is taken from its process, or by one alone; messages stay in order",
        "tests/test_clocks_and_pauses.py",
        (
            "test_a_reply_is_not_taken_from_a_process_because_another_ones_clock_is_wrong",
            "test_messages_stay_in_their_order_when_the_clock_goes_back",
            "test_a_lease_of_before_the_databases_clock_went_back_ends_as_soon_as_any_other",
            "test_when_the_databases_clock_jumps_ahead_at_most_one_process_goes_on_writing",
        ),
    ),
    Promise(
        "Two servers on one data directory",
        "The second one says so and ends",
        "tests/test_serve.py",
        ("test_a_second_server_on_the_same_data_directory_is_refused_in_a_line",),
    ),
    Promise(
        "A job that always fails, or ends its worker",
        "Tried again with growing waits, then left for staff to see; others go on",
        "tests/test_poison_jobs.py",
        (
            "test_a_job_that_always_fails_waits_longer_and_longer_is_then_given_up_and_holds_up_no_other",
            "test_a_job_that_ends_its_worker_again_and_again_is_given_up",
        ),
    ),
    Promise(
        "A worker killed at any step of its job",
        "The job has one effect",
        "tests/live/test_learning.py",
        ("test_a_worker_killed_at_any_step_of_its_job_has_exactly_one_effect",),
    ),
)
