"""What can go wrong between a question and an answer.

    AgentError
    ├── UnknownModel        a model spec that footnote does not know
    ├── ModelUnavailable    a known spec whose weights, package or server is not there
    └── InvalidQuestion     nothing that can be asked: empty, binary, far too long
"""

from __future__ import annotations


class AgentError(Exception):
    """Any error of this package; the message is one line that says what happened and what to do."""


class UnknownModel(AgentError):
    """The model spec is not one that footnote knows."""


class ModelUnavailable(AgentError):
    """The model is known, but what it needs is not on this machine."""


class InvalidQuestion(AgentError):
    """The question cannot be asked."""
