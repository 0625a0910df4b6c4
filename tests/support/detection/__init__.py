"""Queues for the detector: invented ones, and what feeds a judge as the segments engine does."""
