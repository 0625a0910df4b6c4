"""Reports for people: gathered from a log or the topics, shown on a terminal, as one HTML page and as CSV."""
