"""What can go wrong while answers are measured.

EvalError
├── SetNotFound         there is no question set under that path or name
├── InvalidSet          a question set breaks the rules of its form; names every file and line
├── EvidenceNotFound    what a question was judged against is not in the notes
├── MeasureError        numbers that cannot be measured or compared
├── RunNotFound         there is no run in that folder, or it is damaged
├── RunExists           the folder holds another run already
└── InvalidDial         a setting that footnote does not have, or a value that it cannot take
"""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN_PROBLEMS = 20
"""Lines of problems that one message shows: enough to mend a set in one go, few enough to read."""


class EvalError(Exception):
    """Any error of this package; the message says what happened and what to do."""


class SetNotFound(EvalError):
    """There is no question set under that path or name."""


class InvalidSet(EvalError):
    """A question set breaks the rules of its form.

    Attributes:
        problems: One `file:line: reason` each, in the order of the files.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        shown = list(self.problems[:_SHOWN_PROBLEMS])
        if len(self.problems) > len(shown):
            shown.append(f"and {len(self.problems) - len(shown)} more problems")
        super().__init__("\n".join(shown))


class EvidenceNotFound(EvalError):
    """What a question was judged against is not in the notes."""


class MeasureError(EvalError):
    """Numbers that cannot be measured or compared."""


class RunNotFound(EvalError):
    """There is no run in that folder, or it is damaged."""


class RunExists(EvalError):
    """The folder holds a run already, and not the one that was to go on."""


class InvalidDial(EvalError):
    """A setting that footnote does not have, or a value that it cannot take."""
