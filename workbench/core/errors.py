"""The few errors a person meets. Each message is one sentence or two that name the remedy.

Pages and the command line print the message as it stands, so write it for the person who reads it:
what is wrong, with which file or setting, and what to do about it.
"""


class WorkbenchError(Exception):
    """Something the person can understand and act on. Exit status 1 on the command line."""


class UnreadableFile(WorkbenchError):
    """A file that holds no music the workbench can read, and why."""


class UnknownName(WorkbenchError):
    """A name that nothing answers to: a piece, a dataset, a run, an architecture."""


class InvalidSetting(WorkbenchError):
    """A value outside what a setting allows."""


class CannotEncode(WorkbenchError):
    """Music that a tokenizer, a model's vocabulary or a file format has no way to say."""


class WorkFailed(WorkbenchError):
    """Work that began and could not be finished; the message says what was saved."""
