"""Metrics: scores and models to numbers. Every figure says how it is counted.

Mostly plain functions. What a single piece is like, in numbers beside which its definition, source and reading stand, are the
*features*, which register themselves (:mod:`workbench.metrics.features`). Facts of a piece are
:func:`workbench.metrics.facts.facts`.
"""
