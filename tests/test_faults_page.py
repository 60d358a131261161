"""`make faults` names tests that exist, and tells their outcomes as they are."""

from __future__ import annotations

from pathlib import Path

from tools.faults.__main__ import PAGE, outcome_of, read_outcomes
from tools.faults.promises import PROMISES, Promise

RESULTS = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_one[x]"/>
<testcase classname="tests.test_a" name="test_one[y]"/>
<testcase classname="tests.test_a" name="test_two"><failure message="no"/></testcase>
<testcase classname="tests.test_a" name="test_three"><skipped message="not here"/></testcase>
</testsuite></testsuites>"""


def test_every_promise_has_its_tests():
    assert [test for promise in PROMISES for test in promise.missing()] == []


def test_a_promise_is_kept_only_if_all_its_tests_ran_and_passed(tmp_path: Path):
    (tmp_path / "results.xml").write_text(RESULTS)
    outcomes = read_outcomes(tmp_path / "results.xml")

    def outcome(*tests: str) -> str:
        return outcome_of(Promise("", "", "tests/test_a.py", tests), outcomes)

    assert outcome("test_one") == "kept (2 cases)"
    assert outcome("test_one", "test_two") == "failed"
    assert outcome("test_three") == "skipped: not here"
    assert outcome("test_gone") == "failed: did not run"


def test_the_page_has_room_for_the_results():
    page = PAGE.read_text()
    assert page.count("<!-- results -->\n") == page.count("<!-- end of results -->\n") == 1
