"""Customers: what depends on one customer rather than on one ticket."""
