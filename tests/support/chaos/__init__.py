"""Real workers on a real broker under faults, with a ledger of what was sent and a truth to compare with."""
