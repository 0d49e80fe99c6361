"""Metrics: scores and models to numbers. Every figure says how it is counted."""
