"""Questions with their answers, written down in the shapes in which people keep them; and what is asked about them.

`question_threads.jsonl` holds a thread a line: what was asked, the answers to it, and questions of three kinds. An
`answer` is right when it comes from the answers, an `asker` question is about what the asker told, and an
`unanswerable` one is answered by nobody.
"""

import csv
import html
import io
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

_FILE = Path(__file__).with_suffix(".jsonl")
_NAMES = ("ben", "carla", "dmitri")


@dataclass(frozen=True)
class Thread:
    title: str
    asked: str
    answers: tuple[str, ...]
    questions: tuple[dict, ...]

    @property
    def asker_lines(self):
        """The sentences of the asker, one a line."""
        return "\n".join(re.split(r"(?<=[.?!])\s+", self.asked))

    def quotes_asker(self, text):
        return " ".join(text.split()) in " ".join(f"{self.title} {self.asked}".split())


@cache
def threads():
    rows = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
    return tuple(Thread(row["title"], row["asked"], tuple(row["answers"]), tuple(row["questions"])) for row in rows)


def _html(text):
    return "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n"))


def posts_dump(chosen):
    rows = []
    for number, one in enumerate(chosen, start=1):
        rows.append((number * 10, 1, f'AcceptedAnswerId="{number * 10 + 1}" Title={quoteattr(one.title)}', one.asked))
        rows += [(number * 10 + at, 2, f'ParentId="{number * 10}"', text) for at, text in enumerate(one.answers, 1)]
    written = (
        f'<row Id="{number}" PostTypeId="{kind}" Score="3" {rest} Body={quoteattr(_html(body))} />'
        for number, kind, rest, body in rows
    )
    return {"datascience.stackexchange.com/Posts.xml": "<posts>\n" + "\n".join(written) + "\n</posts>"}


def json_lines(chosen):
    rows = ({"title": one.title, "body": one.asked, "answers": list(one.answers)} for one in chosen)
    return {"questions.jsonl": "\n".join(map(json.dumps, rows))}


def table(chosen):
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["title", "question_body", "answer"])
    rows.writerows((one.title, one.asked, "\n\n".join(one.answers)) for one in chosen)
    return {"forum.csv": written.getvalue()}


def faq_table(chosen):
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["question", "answer"])
    rows.writerows((one.title, "\n\n".join(one.answers)) for one in chosen)
    return {"faq.csv": written.getvalue()}


def copied_page(chosen):
    """As a question's page is copied from a browser, with all that stands around the posts."""
    pages = {}
    for number, one in enumerate(chosen):
        parts = [one.title, "Asked 3 years ago\nModified 1 year ago\nViewed 12k times", "14", one.asked]
        parts += ["pytorch\ntraining", "Share\nImprove this question\nFollow\nasked Mar 3, 2021 at 10:12\nana\n1,213"]
        parts += ["Add a comment", f"{len(one.answers)} Answers", "Sorted by:\nHighest score (default)"]
        for name, text in zip(_NAMES, one.answers, strict=False):
            parts += ["21", text, f"Share\nImprove this answer\nFollow\nanswered Mar 4, 2021 at 8:01\n{name}\n920"]
        pages[f"page{number}.txt"] = "\n\n".join(parts)
    return pages


def labelled_page(chosen):
    """Plain text with a line above each answer."""
    return {
        f"thread{number}.txt": "\n\n".join(
            [one.title, one.asked, "Accepted answer:", one.answers[0], "Answer by carla (score 3):", *one.answers[1:]]
        )
        for number, one in enumerate(chosen)
    }


def bare_pages(chosen):
    """Plain text in which nothing but the words tells where the answers begin."""
    return {
        f"bare{number}.txt": "\n\n".join([one.title, one.asker_lines + "\n" + "\n".join(one.answers)])
        for number, one in enumerate(chosen)
    }


def bare_run(chosen):
    """As `bare_pages`, all in one file, as related questions are."""
    blocks = (f"{one.title}\n\n{one.asker_lines}\n" + "\n".join(one.answers) for one in chosen)
    return {"related.txt": "\n\n".join(blocks)}


def faq_headings(chosen):
    return {"faq.md": "# FAQ\n\n" + "\n\n".join("\n\n".join([f"## {one.title}", *one.answers]) for one in chosen)}


def faq_letters(chosen):
    """Bold `Q:` and `A:`, with what the asker told."""
    parts = (f"**Q: {one.title}** {one.asked}\n\n**A:** " + "\n\n".join(one.answers) for one in chosen)
    return {"letters.md": "# Questions and answers\n\n" + "\n\n".join(parts)}


def plain_letters(chosen):
    parts = (f"Q: {one.asked}\nA: " + "\n".join(one.answers) for one in chosen)
    return {"letters.txt": "\n\n".join(parts)}


def forum_page(chosen):
    """Markdown with a heading above each answer."""
    pages = {}
    for number, one in enumerate(chosen):
        parts = [f"# {one.title}", one.asked, f"## {len(one.answers)} Answers"]
        for name, text in zip(_NAMES, one.answers, strict=False):
            parts += [f"### {name}, 12 points", text]
        pages[f"forum{number}.md"] = "\n\n".join(parts)
    return pages


def web_page(chosen):
    pages = {}
    for number, one in enumerate(chosen):
        answers = "".join(f'<div class="answer">{_html(text)}</div>' for text in one.answers)
        body = f"<h1>{html.escape(one.title)}</h1>{_html(one.asked)}<h2>{len(one.answers)} Answers</h2>{answers}"
        head = f"<title>{html.escape(one.title)}</title>"
        pages[f"web{number}.html"] = f"<!doctype html><html><head>{head}</head><body><main>{body}</main></body></html>"
    return pages


def telegram_group(chosen):
    messages = []
    for number, one in enumerate(chosen, start=1):
        asked = {"id": number * 10, "from": "ana", "text": one.asked}
        replies = [
            {"id": number * 10 + at, "from": name, "text": text, "reply_to_message_id": number * 10}
            for at, (name, text) in enumerate(zip(_NAMES, one.answers, strict=False), start=1)
        ]
        messages += [
            {"id": message["id"], "type": "message", "date": f"2024-03-{number:02}T10:{at:02}:00", **message}
            for at, message in enumerate([asked, *replies])
        ]
    chat = {"name": "ML help", "type": "private_supergroup", "id": 42, "messages": messages}
    return {"result.json": json.dumps(chat)}


def chat_text(chosen):
    """A chat as it is copied: a name before each message."""
    lines = []
    for number, one in enumerate(chosen, start=1):
        said = [("Ana", one.asked), *zip(("Ben", "Carla"), one.answers, strict=False)]
        lines += [f"{number:02}/03/2024, 10:{at:02} - {name}: {text}" for at, (name, text) in enumerate(said)]
    return {"chat.txt": "\n".join(lines)}


SHAPES = (
    posts_dump,
    json_lines,
    table,
    faq_table,
    copied_page,
    labelled_page,
    bare_pages,
    bare_run,
    faq_headings,
    faq_letters,
    plain_letters,
    forum_page,
    web_page,
    telegram_group,
    chat_text,
)
WITHOUT_ASKER = (faq_table, faq_headings)
"""Shapes in which only the titles are the asker's."""


def write_threads(folder, shape, chosen):
    for name, text in shape(chosen).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
