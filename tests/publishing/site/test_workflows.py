"""Arazzo workflows as words."""

from pathlib import Path

import pytest

from specs.publishing.site import markdown, workflows
from specs.publishing.site.sources import Api


def test_each_api_shows_its_workflow_with_all_steps(tree: Path, apis: tuple[Api, ...]) -> None:
    """A reader follows the same steps that the runner executes."""
    for api in apis:
        page = (tree / api.name / "index.html").read_text(encoding="utf-8")
        for workflow in api.workflow["workflows"]:
            assert f"<code>{workflow['workflowId']}</code></h3>" in page
            for step in workflow["steps"]:
                assert f"<strong>{step['stepId']}</strong> calls" in page


def test_what_is_said_of_all_workflows_is_shown_once(tree: Path, apis: tuple[Api, ...]) -> None:
    """Two workflows of one file do not bring its table twice."""
    for api in apis:
        page = (tree / api.name / "index.html").read_text(encoding="utf-8")
        told = workflows.told(api.workflow, api.name)
        assert page.count(str(markdown.block(told.description))) == 1
        assert page.count('<article class="workflow"') == len(told.workflows)


def test_a_step_at_another_api_leads_there(tree: Path) -> None:
    """Fueling's read is PACE Pay's."""
    page = (tree / "pace-fueling/index.html").read_text(encoding="utf-8")
    assert "<code>getTransaction</code></a> of PACE Pay" in page


def test_a_step_without_an_operation_id_fails_the_build() -> None:
    """A step that the page cannot name does not vanish from it."""
    document = {
        "info": {},
        "sourceDescriptions": [{"name": "one"}],
        "workflows": [{"workflowId": "w", "steps": [{"stepId": "s", "workflowId": "other"}]}],
    }
    with pytest.raises(workflows.WorkflowError, match=r"^s calls no operation"):
        workflows.told(document, "one")


def test_routes_and_criteria_are_told() -> None:
    """Where a step goes from here is a sentence each."""
    step = {
        "stepId": "s",
        "operationId": "$sourceDescriptions.two.get",
        "successCriteria": [
            {"context": "$statusCode", "condition": "^2", "type": "regex"},
            {"condition": "$statusCode == 200"},
        ],
        "onSuccess": [{"name": "e", "type": "end", "criteria": [{"condition": "a == b"}]}],
        "onFailure": [
            {"name": "r", "type": "retry", "retryLimit": 3},
            {"name": "g", "type": "goto", "stepId": "t"},
        ],
    }
    document = {
        "info": {},
        "sourceDescriptions": [{"name": "one"}, {"name": "two"}],
        "workflows": [{"workflowId": "w", "steps": [step]}],
    }
    ((told,),) = (each.steps for each in workflows.told(document, "one").workflows)
    assert (told.api, told.operation) == ("two", "get")
    assert told.criteria == ("`$statusCode` matches `^2`", "`$statusCode == 200`")
    assert told.routes == (
        "If that holds, and `a == b`: the workflow ends.",
        "If that does not hold: try again, at most 3 times.",
        "If that does not hold: go on with `t`.",
    )
