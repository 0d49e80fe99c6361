"""The use cases. Pages and the command line call these and nothing below.

Each module is one room of the house: ``library``, ``datasets``, ``training``, ``composing``, ``evaluation``; and
``models`` (what can compose), ``previews`` (a score to look at and hear), ``activity`` (what is
going on). Functions take the workspace first and say no with a ``WorkbenchError``.
"""
