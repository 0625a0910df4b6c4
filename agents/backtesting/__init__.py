"""Backtests for people: what is compared is read and checked here, and shown on a terminal and as one HTML page."""
