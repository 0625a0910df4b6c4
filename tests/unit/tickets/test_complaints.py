"""What users of help desks complain about, as tests: the same life here, with the link to where they did."""

from __future__ import annotations

import pytest

from tests.support.complaints import COMPLAINTS, Complaint
from tests.support.complaints.complaint import GITHUB
from tests.unit.test_scenarios import agree


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda complaint: " ".join(complaint.links).replace(GITHUB, ""))
def test_what_others_get_wrong_is_right_here(complaint: Complaint) -> None:
    agree(complaint.life)


def test_every_complaint_has_its_own_numbers_and_a_link() -> None:
    rules = [complaint.life.rule for complaint in COMPLAINTS]
    assert len(set(rules)) == len(rules)
    assert all(link.startswith("https://") for complaint in COMPLAINTS for link in complaint.links)
    assert all(c.life.values or c.life.verdicts or c.life.work is not None for c in COMPLAINTS)
