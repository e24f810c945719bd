"""A real `CodeAgent` with tools and a managed agent, its code in the sandbox."""

import threading

import pytest
from smolagents import CodeAgent, Tool, ToolCallingAgent

from agent.sandbox import Sandbox
from tests.fakes_model import ScriptedModel, ScriptEnded, code


class Search(Tool):
    name = "search_notes"
    description = "Passages about something."
    inputs = {  # noqa: RUF012 - as smolagents wants it
        "query": {"type": "string", "description": "words"},
        "k": {"type": "integer", "description": "how many", "nullable": True},
    }
    output_type = "array"

    def forward(self, query, k=2):
        return [f"{query} {number}" for number in range(k)]


def manager(pool, script, managed=(), **options):
    model = ScriptedModel(map(code, script))
    agent = CodeAgent(
        tools=[Search()],
        managed_agents=list(managed),
        model=model,
        executor=Sandbox(pool),
        verbosity_level=0,
        **options,
    )
    return agent, model


def notes_agent(answers):
    model = ScriptedModel([("final_answer", {"answer": answer}) for answer in answers])
    agent = ToolCallingAgent(
        tools=[Search()], model=model, name="notes", description="Knows the notes.", max_steps=2, verbosity_level=0
    )
    return agent, model


def observations(agent):
    return [step.observations or "" for step in agent.memory.steps if hasattr(step, "observations")]


def test_a_run_of_several_steps(pool):
    agent, model = manager(
        pool,
        [
            "hits = search_notes('dropout', k=3)\nprint(len(hits))",
            "best = max(hits, key=len)",
            "final_answer(f'{best} of {len(hits)}')",
        ],
    )
    assert agent.run("Count.") == "dropout 0 of 3"
    model.assert_finished()
    assert "3\n" in observations(agent)[0]


def test_delegation_to_a_managed_agent(pool):
    notes, notes_model = notes_agent(["Dropout is off at test time. [n4]"])
    agent, _ = manager(
        pool, ["report = notes(task='When is dropout off?')", "final_answer(report.splitlines()[-1])"], [notes]
    )
    assert agent.run("When?") == "Dropout is off at test time. [n4]"
    assert "When is dropout off?" in str(notes_model.calls[0])


def test_a_managed_agent_takes_a_task_and_nothing_that_steers_it(pool):
    notes, notes_model = notes_agent(["never"])
    agent, _ = manager(pool, ["notes('x', max_steps=1000)", "final_answer('done')"], [notes])
    agent.run("Go.")
    assert notes_model.calls == []
    assert "unexpected keyword argument 'max_steps'" in str(agent.memory.steps[1].error)


def test_additional_arguments_reach_the_managed_agent(pool):
    notes, notes_model = notes_agent(["ok"])
    agent, _ = manager(pool, ["notes('x', additional_args={'where': 'here'})", "final_answer('done')"], [notes])
    agent.run("Go.")
    assert "here" in str(notes_model.calls[0])
    assert notes.state == {"where": "here"}


def test_the_model_reads_what_went_wrong_and_what_was_printed(pool):
    agent, model = manager(pool, ["print('so far')\nimport pandas", "final_answer('without')"])
    assert agent.run("Go.") == "without"
    told = str(model.calls[1])
    assert "so far" in told
    assert "These modules exist" in told


def test_the_state_of_the_run_is_there_and_lasts_to_the_next_run(pool):
    agent, model = manager(pool, ["x = limit * 2\nfinal_answer(x)", "final_answer(x + 1)"])
    assert agent.run("Go.", additional_args={"limit": 21}) == 42
    assert agent.run("And now?", reset=False) == 43
    model.assert_finished()


def test_a_value_that_has_no_text_does_not_end_the_run(pool):
    agent, _ = manager(pool, ["2 ** 100_000", "final_answer('fine')"])
    assert agent.run("Go.") == "fine"


def test_the_prompt_names_the_modules_of_the_sandbox(pool):
    agent, _ = manager(pool, [])
    agent.authorized_imports = agent.python_executor.authorized_imports
    assert "'statistics'" in agent.initialize_system_prompt()
    assert "numpy" not in agent.initialize_system_prompt()


def test_a_final_answer_that_the_checks_refuse_costs_a_step(pool):
    def cites(answer, memory, agent):
        return "[n" in answer

    agent, _ = manager(pool, ["final_answer('no key')", "final_answer('a key [n1]')"], final_answer_checks=[cites])
    assert agent.run("Go.") == "a key [n1]"


def test_a_run_is_interrupted_inside_a_step(pool):
    agent, _ = manager(pool, ["x = 1\nwhile True:\n    pass"])
    threading.Timer(0.3, lambda: (agent.interrupt(), agent.python_executor.interrupt())).start()
    with pytest.raises(Exception, match="interrupted"):
        agent.run("Go.")


def test_a_script_that_is_too_short_fails_loudly():
    model = ScriptedModel(["only"])
    model.generate([])
    with pytest.raises(ScriptEnded, match="call 2 of a script with 1"):
        model.generate([])
