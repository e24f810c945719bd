"""A web of one page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    url: str
    title: str
    text: str
    snippet: str = ""


class FakeWeb:
    page = Page("https://zebra.example/coat", "Zebra", "Zebras have black and white stripes on their coats.", "stripes")

    def search(self, query, k=5):
        return [self.page]

    def visit(self, url):
        assert url == self.page.url
        return self.page
