"""The web for one question: what a page says cannot choose what is searched or visited.

Only addresses that a search of this run found, or that the person's own question names, are visited: a page that says
"now open this address" changes nothing, and no address can carry anything away. A query must be short, and may not
repeat a passage of the notes or hold what looks like a secret of theirs.

Not covered: single ordinary words and paraphrases of notes in a query. They go to the search provider, to nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from agent.errors import AddressRefused, WebError
from agent.web_addresses import checked_address, shortened

if TYPE_CHECKING:
    from agent.desk import WebHit, WebPage, WebSource

MOST_SEARCHES: Final = 10
MOST_VISITS: Final = 10
"""For one question; a run that needs more is going in circles, or is being led in them."""

_RUN: Final = 5
"""Words in a row that a query may not share with the notes: shorter runs are terms and titles."""
_LONGEST_WORD: Final = 40
"""Characters; longer ones are codes, in which anything can be carried away."""
_SHORTEST_CODE: Final = 8
_SHORTEST_NUMBER: Final = 6
"""Characters from which a word with digits, or the digits of a word, look like a secret."""
_OUTER: Final = ".,;:!?'\"()[]{}<>«»“”„…"
"""What may stand around a word."""

_WORD: Final = re.compile(r"\w+")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)


class WebSession:
    """Searches and visits of one run.

    Args:
        web: What is asked.
        question: As the person asked it.
        private: The texts of notes that the run has seen so far.
    """

    def __init__(self, web: WebSource, question: str, private: Callable[[], Iterable[str]] = tuple) -> None:
        self._web = web
        self._question = question
        self._private = private
        self._given = {address for address in map(_normal, _addresses_in(question)) if address}
        self._searches = 0
        self._visits = 0

    def search(self, query: str, k: int = 5) -> Sequence[WebHit]:
        """As `Web.search`.

        Raises:
            WebError: Also where the query would carry the notes away, or the run has searched too often.
        """
        if self._searches >= MOST_SEARCHES:
            raise WebError(f"{MOST_SEARCHES} searches are the limit of a question; answer from what was found")
        if problem := leak_problem(query, self._question, self._private()):
            raise WebError(f"the query is not sent: {problem}")
        self._searches += 1
        hits = self._web.search(query, k)
        self._given.update(_normal(hit.url) for hit in hits)
        return hits

    def visit(self, url: str) -> WebPage:
        """As `Web.visit`.

        Raises:
            AddressRefused: Also where neither a search of this run nor the question gave the address.
        """
        address = checked_address(url).url
        if address not in self._given:
            raise AddressRefused(
                f"{shortened(address)!r} is not visited: no search of this run found it; visit addresses of its hits"
            )
        if self._visits >= MOST_VISITS:
            raise WebError(f"{MOST_VISITS} pages are the limit of a question; answer from what was found")
        self._visits += 1
        return self._web.visit(address)


def leak_problem(query: str, question: str, private: Iterable[str]) -> str:
    """What of the notes `query` would carry to the search provider; empty where it carries nothing.

    What stands in the question may be searched in any case: the person has written it.
    """
    asked = set(question.split()) | set(_words(question))
    strange = [token for token in query.split() if token.strip(_OUTER) not in asked and token not in asked]
    long = next((token for token in strange if len(token) > _LONGEST_WORD), "")
    if long:
        return f"it holds a word of {len(long)} characters; search for plain words"
    secrets = [word.casefold() for token in strange if _looks_secret(word := token.strip(_OUTER))]
    runs = set(_runs(_words(query))) - set(_runs(_words(question)))
    for text in private if secrets or runs else ():
        if not runs.isdisjoint(_runs(_words(text))):
            return f"it repeats {_RUN} words of the notes in a row; search in words of your own"
        if any(secret in text.casefold() for secret in secrets):
            return "it holds a name or number that only the notes hold; leave it out"
    return ""


def _looks_secret(word: str) -> bool:
    """Whether it is an address of mail, a long number, or a code of letters and digits."""
    digits = sum(c.isdigit() for c in word)
    return "@" in word or digits >= _SHORTEST_NUMBER or (digits > 0 and len(word) >= _SHORTEST_CODE)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))


def _addresses_in(question: str) -> list[str]:
    return [address.rstrip(".,;:!?)»”") for address in _ADDRESS.findall(question)]


def _normal(address: str) -> str:
    try:
        return checked_address(address).url
    except AddressRefused:
        return ""
