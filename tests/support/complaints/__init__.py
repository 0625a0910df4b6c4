"""What users of help desks complain about, as tickets' lives with numbers worked out by hand.

2 March 2026 is a Monday. The office is in Berlin, one hour ahead of UTC until 29 March, with lunch from 12 to 13.
"""

from tests.support.complaints.clocks import CLOCKS
from tests.support.complaints.complaint import Complaint
from tests.support.complaints.hours import HOURS
from tests.support.complaints.starts import STARTS

__all__ = ["COMPLAINTS", "Complaint"]

COMPLAINTS = [*STARTS, *HOURS, *CLOCKS]
