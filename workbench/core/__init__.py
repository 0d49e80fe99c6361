"""What musicians and modellers talk about: scores, pieces, datasets, specs and results.

Standard library and NumPy only. Everything else in the workbench may import this package;
it imports nothing of the workbench.
"""
