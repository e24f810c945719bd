"""What can go wrong between a question and an answer.

AgentError
├── UnknownModel        a model spec that footnote does not know
├── ModelUnavailable    a known spec whose weights, package or server is not there
├── DownloadFailed      a model that could not be had from the hub
├── ModelFailed         a model that was there and stopped working: out of memory, silent, its server gone
│   ├── PromptTooLong       more tokens than its window holds
│   └── GenerationCancelled somebody no longer wants the text
├── InvalidQuestion     nothing that can be asked: empty, binary, far too long
├── WebError            a search or a page that could not be had; the reason is one line
│   ├── AddressRefused  an address that footnote does not visit, whatever is behind it
│   └── WebOffline      no other machine can be reached
├── InvalidSetting      an environment variable that cannot mean anything
├── WrongCall           a tool or an agent that was given what it cannot take; a model reads the message
├── InvalidCalculation  no arithmetic, or not over figures that were found
├── ToolFailed          a tool of the user that was called and did not do its work
├── InvalidTool         something that was given as a tool is none
├── RunStopped          the run of a team is over: cancelled, out of budget, or given up
├── InvalidAnswer       a document that is not an answer that was kept
└── SandboxError        a step of model-written code did not finish
    ├── StepFailed          the code's own fault; the message is written for the model
    ├── StepInterrupted     somebody cancelled it
    └── SandboxUnavailable  no worker could be had
"""

from __future__ import annotations


class AgentError(Exception):
    """Any error of this package; the message is one line that says what happened and what to do."""


class UnknownModel(AgentError):
    """The model spec is not one that footnote knows."""


class ModelUnavailable(AgentError):
    """The model is known, but what it needs is not on this machine."""


class DownloadFailed(AgentError):
    """A model could not be downloaded; the message says why, and whether it can go on later."""


class ModelFailed(AgentError):
    """The model was there, and did not finish a text."""


class PromptTooLong(ModelFailed):
    """The prompt does not fit the window of the model."""


class GenerationCancelled(ModelFailed):
    """The text was cancelled while the model was writing it, or before its turn."""


class InvalidQuestion(AgentError):
    """The question cannot be asked."""


class WebError(AgentError):
    """A web search or a page could not be had. A model may read the message: it holds no key and no text of a page."""


class AddressRefused(WebError):
    """The address is not one that may be visited: not http(s), not public, or nobody gave it out."""


class WebOffline(WebError):
    """This machine reaches no other."""


class InvalidSetting(AgentError):
    """An environment variable holds what it cannot mean."""


class WrongCall(AgentError, TypeError):
    """A model called a tool or an agent with what it cannot take; the message says what it takes."""


class InvalidCalculation(AgentError):
    """What was to be calculated cannot be, or not from figures of passages; a model reads the message."""


class ToolFailed(AgentError):
    """A tool of the user did not do its work; a model reads what it said."""


class InvalidTool(AgentError):
    """What was given as a tool is neither a smolagents tool, nor a LangChain tool, nor a collection of tools."""


class RunStopped(AgentError):
    """A team must not go on; the message says why, in words that can stand below an answer."""


class InvalidAnswer(AgentError, ValueError):
    """The document is not an answer that footnote wrote, or was changed by hand."""


class SandboxError(AgentError):
    """A step of model-written code did not finish. The one error whose message has several lines: a model reads it."""


class StepFailed(SandboxError):
    """The code of the step is wrong, or met a limit; the message says where and what to write instead."""


class StepInterrupted(SandboxError):
    """The step was cancelled; what earlier steps computed is kept."""


class SandboxUnavailable(SandboxError):
    """No worker could be started, or all of them are busy."""


def first_line(error: BaseException) -> str:
    """The first line of an error of a library, or its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
