"""Runs of the team by a script, and what was shown and done in them."""

from smolagents import Tool

from tests.fakes_model import ScriptedModel

DROPOUT_LINE = "At test time dropout does nothing, and the weights stay as they are. [n1]"
SEARCH = 'found = search_notes("dropout test time", k=1)'


def scripted(opened, *script, **given):
    model = ScriptedModel(script)
    return opened(model, **given), model


def steps_of(answer, kind):
    return [step for step in answer.steps if step.kind == kind]


def shown_to(model, call):
    return "\n".join(part["text"] for one in model.calls[call] for part in one.content)


class Weather(Tool):
    name = "weather"
    description = "Tells the weather of a city."
    inputs = {"city": {"type": "string", "description": "its name"}}  # noqa: RUF012 - as smolagents wants it
    output_type = "string"

    def forward(self, city):
        if city == "Nowhere":
            raise LookupError("no such city")
        return f"In {city} it is 21 degrees and sunny."
