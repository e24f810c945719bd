"""An answer as the parts of a turn on the page. Whatever comes from a note or a model is escaped here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from agent.answer import Answer, AnswerSentence, Citation
from ui.page.cards import excerpt
from ui.page.quoted_text import quoted_html
from ui.page.table_rows import cells_of
from ui.page.traces import trace_html
from ui.render import answer_text

_REASONS = {
    "wrong": "It is wrong",
    "unsupported": "The source does not say this",
    "wrong_source": "Another source would be right",
    "should_have_refused": "It should have refused",
}
_REASONS_OF_REFUSALS = {"wrong": "My notes do answer this"}
"""What can be wrong with an answer, or a refusal, as `ui.feedback` names it → as a person reads it."""

_LONGEST_LAST_WORD = 24
"""Characters of a word that stays on one line with the numbers behind it."""

_CODE = re.compile(r"(```|~~~)[^\n]*\n(?P<lines>.*?)\n?(\1)", re.DOTALL)
_FENCE = re.compile(r"[^`~]{0,200}(?:```|~~~)")
"""How a sentence begins that is quoted code, and not one about code; a heading may stand before it."""
_INLINE_CODE = re.compile(r"`([^`<>]+)`")

Parts = dict[str, str | list[str]]


def answer_parts(answer: Answer, turn: int, *, web_possible: bool) -> Parts:
    """The parts of a finished turn: `trace`, `answer` (one string a sentence) and `foot`."""
    by_number = {citation.n: citation for citation in answer.citations}
    if answer.refused:
        shown = [_refusal(answer, web_possible=web_possible)]
    else:
        shown = sentences_html(answer.sentences, by_number, turn)
    return {"trace": trace_html(answer.steps, answer.seconds), "answer": shown, "foot": _foot(answer)}


def sentences_html(sentences: Sequence[AnswerSentence], cited: Mapping[int, Citation], turn: int) -> list[str]:
    """Each sentence with the chips of its citations."""
    return [_sentence(sentence, cited, turn) for sentence in sentences]


def failure_html(reason: str) -> str:
    """What is shown in place of an answer that could not be made."""
    return f'<div class="fn-error" role="alert">{escape(reason)}</div>'


def said(answer: Answer) -> str:
    """What a screen reader is told once the answer is there."""
    if answer.refused:
        return "answer ready: not in your notes"
    count = len(answer.citations)
    return f"answer ready, {count} source{'' if count == 1 else 's'}"


def _sentence(sentence: AnswerSentence, cited: Mapping[int, Citation], turn: int) -> str:
    chips = "".join(_chip(cited[n], turn) for n in sentence.citations if n in cited)
    weak = sentence.verdict != "supported"
    why = f' title="{escape(sentence.reason or "no source supports this sentence")}"' if weak else ""
    body = _body(sentence, cited, chips)
    kinds = " ".join(["fn-unsupported"] * weak + ["fn-tabled"] * ('class="fn-row"' in body))
    kind = f' class="{kinds}"' if kinds else ""
    return f'<span{kind}{why} dir="auto">{body}</span>'


def _body(sentence: AnswerSentence, cited: Mapping[int, Citation], chips: str) -> str:
    """The words with the chips behind them: a table's row in its cells, code on its own lines."""
    quote = cited[sentence.citations[0]].quote if sentence.citations and sentence.citations[0] in cited else ""
    if quote.lstrip().startswith("|") and (row := cells_of(sentence.text)):
        return _row(*row, chips)
    if _FENCE.match(sentence.text) and (code := _CODE.fullmatch(quote.strip())):
        return f'<code class="fn-code" tabindex="0">{escape(code["lines"])}</code><span class="fn-under">{chips}</span>'
    rest, space, last = sentence.text.rpartition(" ")
    if len(last) > _LONGEST_LAST_WORD or set(last) & set("$\\`"):  # half a formula is none
        rest, space, last = sentence.text, "", ""
    ending = f'<span class="fn-last">{escape(last)}{chips}</span>'  # a number never begins a line alone
    return f"{_words(rest)}{space}{ending}"


def _row(lead: str, cells: Sequence[str], chips: str) -> str:
    shown = " ".join(f'<span class="fn-cell">{_words(cell)}</span>' for cell in cells)
    before = f'<span class="fn-lead">{quoted_html(lead)}</span>' if lead else ""
    return f'{before}<span class="fn-row">{shown}<span class="fn-last">{chips}</span></span>'


def _words(text: str) -> str:
    """Quoted words with their formulas drawn and their code set apart."""
    return _INLINE_CODE.sub(_code_html, quoted_html(text))


def _code_html(match: re.Match[str]) -> str:
    return f"<code>{match[1]}</code>"


def _chip(citation: Citation, turn: int) -> str:
    place = escape(citation.location)
    return (
        f'<button type="button" class="fn-chip fn-chip-{citation.kind}" data-turn="{turn}" data-n="{citation.n}" '
        f'data-place="{place}" data-excerpt="{escape(excerpt(citation))}" '
        f'aria-label="Source {citation.n}: {place}">{citation.n}</button>'
    )


def _refusal(answer: Answer, *, web_possible: bool) -> str:
    closest = "".join(f"<li>{escape(title)}</li>" for title in answer.closest)
    named = f"<p>Closest:</p><ul>{closest}</ul>" if closest else "<p>Nothing in them comes close.</p>"
    search = '<button type="button" class="fn-small" data-do="search-web">Search the web</button>'
    return (
        f'<div class="fn-refusal" role="note"><strong>Not in your notes.</strong>{named}'
        f"{search if web_possible else ''}</div>"
    )


def _foot(answer: Answer) -> str:
    return (
        f"{''.join(_remarks(answer))}{_buttons(_REASONS_OF_REFUSALS if answer.refused else _REASONS)}{_copies(answer)}"
    )


def _remarks(answer: Answer) -> list[str]:
    """What a reader should know: unsupported sentences, what was left out, tools that failed, other notices."""
    lines = []
    weak = sum(one.verdict != "supported" for one in answer.sentences)
    if weak:
        lines.append(f"⚠ {'1 sentence has' if weak == 1 else f'{weak} sentences have'} no support (dotted)")
    if answer.notice:
        lines.append(answer.notice)
    if answer.dropped and "left out" not in answer.notice:
        lines.append(f"{_count(answer.dropped, 'sentence')} left out: no source supports what the model wrote.")
    failed = list(dict.fromkeys(s.action.tool or s.action.agent for s in answer.steps if s.action and s.action.error))
    if failed:
        lines.append(
            f"{', '.join(filter(None, failed)) or 'A step'} failed on the way; the answer was made without it."
        )
    return [f'<p class="fn-notice">{escape(line)}</p>' for line in lines]


def _count(number: int, what: str) -> str:
    return f"1 {what} was" if number == 1 else f"{number} {what}s were"


def _buttons(wrong: Mapping[str, str]) -> str:
    shown = "".join(
        f'<button type="button" data-do="{what}">{text}</button>'
        for what, text in (("copy", "Copy"), ("copy-sources", "Copy with sources"), ("retry", "Retry"))
    ) + "".join(
        f'<button type="button" data-do="{what}" aria-label="{name}" aria-pressed="false">{sign}</button>'
        for what, name, sign in (("good", "Good answer", _thumb("")), ("bad", "Bad answer", _thumb("fn-down")))
    )
    reasons = "".join(
        f'<button type="button" class="fn-small" data-do="reason" data-reason="{name}">{text}</button>'
        for name, text in wrong.items()
    )
    return (
        f'<div class="fn-tools" role="group" aria-label="About this answer">{shown}</div>'
        f'<div class="fn-reasons" role="group" aria-label="What is wrong with it?" hidden>'
        f"<span>What is wrong with it?</span>{reasons}</div>"
    )


def _thumb(kind: str) -> str:
    """A thumb that points up, or down; drawn, since not every machine has a font with one."""
    lines = "M7 9v8H4V9zM7 10l3-7c1.4 0 2 .9 2 2l-.5 3H15c1.2 0 2 1 1.8 2.100l-1 5.400c-.1.900-.9 1.500-1.800 1.500H7"
    return f'<svg viewBox="0 0 20 20" aria-hidden="true" class="fn-thumb {kind}"><path d="{lines}"/></svg>'


def _copies(answer: Answer) -> str:
    """The texts that the two buttons copy."""
    plain = " ".join(sentence.text for sentence in answer.sentences) or answer.text
    return (
        f'<pre class="fn-copy-plain" hidden>{escape(plain)}</pre>'
        f'<pre class="fn-copy-sources" hidden>{escape(answer_text(answer))}</pre>'
    )
