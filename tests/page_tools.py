"""What tests do with a page in a browser. Nothing is read at once after an act: `expect` waits until it holds."""

from playwright.sync_api import expect

LAYERS = "How many layers does MobileNet have?"
PATIENCE_MS = 60_000
"""A busy machine is no failure."""

expect.set_options(timeout=PATIENCE_MS)


def ready_page(context, url):
    """A page that is ready to be asked; what it asks for and what goes wrong in it is kept."""
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    opened.requested, opened.problems = [], []
    opened.on("request", lambda request: opened.requested.append(request.url))
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    opened.goto(url)
    opened.wait_for_selector("html[data-footnote=ready]")
    return opened


def ask(page, question):
    """Ask as a person does, and wait until the turn is over."""
    turns = page.locator(".fn-turn").count()
    page.fill("#fn-question textarea", question)
    page.keyboard.press("Enter")
    turn = page.locator(".fn-turn").nth(turns)
    turn.locator("xpath=self::*[@data-state='ready' or @data-state='failed']").wait_for()
    return turn
