"""Metrics: scores and models to numbers. Every figure says how it is counted.

Plain functions: nothing is registered here. Facts of a piece are :func:`workbench.metrics.facts.facts`.
"""
