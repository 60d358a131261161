"""A loopback stand-in for the model APIs, spoken to over real HTTP.

`FakeProviders` runs inside a test's event loop, `python -m tests.fake_providers` as a process of its own
(browser tests, benchmarks), and `FakeProvidersProcess` starts and steers such a process from plain code.
What the next reply does is a `Scenario`.
"""

from tests.fake_providers.process import FakeProvidersProcess
from tests.fake_providers.scenario import Scenario
from tests.fake_providers.server import FakeProviders

__all__ = ["FakeProviders", "FakeProvidersProcess", "Scenario"]
