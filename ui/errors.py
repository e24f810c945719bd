"""What can go wrong between a person and footnote.

UiError
├── UsageError      a command was given something that it cannot use
├── UnknownTalk     there is no such conversation, or it is another person's
├── HistoryDamaged  the file of the history cannot be read
├── InvalidAccounts the file of the accounts cannot be read, or a name or password cannot be used
├── OpenToOthers    the page would be open to other machines without a password
├── ReadersOnlyAsk  the account may ask, and change nothing
├── EvalRefused     a question set cannot be run now, or two runs not be compared
├── IndexingRefused the index cannot be updated now, or not with that
└── MissingPackage  an extra of footnote is not installed
"""

from __future__ import annotations


class UiError(Exception):
    """Any error of this package; the message is one line that says what happened and what to do."""


class UsageError(UiError):
    """A command was given something that it cannot use."""


class UnknownTalk(UiError):
    """There is no such conversation, or it is another person's: nobody learns which."""


class HistoryDamaged(UiError):
    """The file of the history cannot be read."""


class InvalidAccounts(UiError):
    """The file of the accounts cannot be read, or a name or password cannot be used."""


class OpenToOthers(UiError):
    """The page would be open to other machines without a password."""


class ReadersOnlyAsk(UiError):
    """The account may ask and read, and change nothing."""


class MissingPackage(UiError):
    """An extra of footnote is not installed."""


class IndexingRefused(UiError):
    """The index cannot be updated now, or not with what was given."""


class EvalRefused(UiError):
    """A question set cannot be run now, or two runs cannot be compared."""
