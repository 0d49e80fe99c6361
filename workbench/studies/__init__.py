"""Choosing the settings of a sweep's trials: the only home of Optuna.

Importing :mod:`workbench.studies.study` imports Optuna, which takes a third of a second and 40 MB; the web process never does.
"""
