"""Small lives with numbers worked out by hand, as data: whatever claims to read docs/semantics.md can be run against them.

2 March 2026 is a Monday. Berlin is one hour ahead of UTC until 29 March 2026 02:00 and two hours afterwards.
"""

from tests.support.scenarios.choices import CHOICES
from tests.support.scenarios.hours import HOURS
from tests.support.scenarios.promises import PROMISES
from tests.support.scenarios.replies import REPLIES
from tests.support.scenarios.rulebook import RULEBOOK
from tests.support.scenarios.statuses import STATUSES
from tests.support.scenarios.terms import Scenario, Verdict

__all__ = ["SCENARIOS", "Scenario", "Verdict"]

SCENARIOS = [*REPLIES, *STATUSES, *PROMISES, *RULEBOOK, *CHOICES, *HOURS]
