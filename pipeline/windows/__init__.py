"""Numbers over time: histogram, panes, rolling windows, open work, and the segments engine."""
