"""Grafana's files, judged without Grafana."""
