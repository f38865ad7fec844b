# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a run of the role dr: its results, and the summary as text.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...module_utils.dr.prediction_text import one_text
from ...module_utils.dr.wording import one_line
from .steps import (
    DECLARE,
    DEPLOY,
    STEPS,
    SYNCHRONIZE,
    Result,
    Step,
    actions,
    counts,
    did_run,
    disagreements,
    has_failed,
    is_known_failure,
    omitted,
    rows,
)
from .wording import in_role_words

NAMES_SHOWN = 20
ROWS = ("masters", "backups", "flows", "impacted_flows", "stale_flows", "violations")  # the lists of objects in results
MESSAGE_LIMIT = 6000  # characters of a failed step's message in the summary
FAIL_LIMIT = 1000  # characters of that message in the one of the task that fails at the end
NO_STEP = "No step ran, so nothing was done. The steps and their tags are declare, synchronize and deploy."
# The phases in which a run can fail.
RUN, PREFLIGHT, PLAN = "run", "preflight", "plan"


@dataclass(frozen=True)
class Pipeline:
    """What the tasks of the role registered, by the name of the step; {} for a task that did not run.

    ``steps`` is from the tasks of the steps, ``predictions`` from the preflight, ``checked`` from the task that judges
    the preflight; in check mode there is no preflight. ``lines`` is how many actions of a step are listed,
    ``rows`` how many objects.
    """

    steps: t.Mapping[str, Result]
    predictions: t.Mapping[str, Result]
    checked: Result
    check_mode: bool
    lines: int
    rows: int = 200

    def result_of(self, step: Step) -> Result:
        """The result of the step itself, or its prediction if that found nothing to do."""
        result = self.steps.get(step.name) or {}
        if not did_run(result) and (self.checked.get("idle") or {}).get(step.name):
            result = self.predictions.get(step.name) or {}
        return result if did_run(result) else {}

    def prediction_of(self, step: Step) -> Result:
        result = self.predictions.get(step.name) or {}
        return result if did_run(result) else {}

    @property
    def failure(self) -> tuple[str, Step, Result] | None:
        """The phase, the step and the result that ended the run."""
        for step in STEPS:
            if has_failed(self.result_of(step)):
                return RUN, step, self.result_of(step)
        refused = self.checked.get("refused")
        for step in STEPS:
            prediction = self.prediction_of(step)
            if refused == step.name or prediction.get("failed"):
                return PREFLIGHT, step, prediction
        return (PLAN, DECLARE, self.checked) if has_failed(self.checked) else None


def conclusion(pipeline: Pipeline) -> dict[str, t.Any]:
    """The value of ``dr_result``, with the summary in lines, the counts, and any failure."""
    results = {step.name: _kept(pipeline.result_of(step), pipeline.rows) for step in STEPS}
    ran = {step: pipeline.result_of(step) for step in STEPS if pipeline.result_of(step)}
    outcome: dict[str, t.Any] = {
        "changed": any(bool(result.get("changed")) for result in (*ran.values(), pipeline.checked)),
        "check_mode": pipeline.check_mode,
        **results,
        "predicted": one_text(next((r["predicted"] for r in reversed(ran.values()) if "predicted" in r), {})),
        "counts": {step.name: counts(step, result) for step, result in ran.items()},
        "actions": {step.name: actions(pipeline.result_of(step))[: pipeline.lines] for step in STEPS},
        "failure": {},
    }
    failure = pipeline.failure
    if failure is None:
        outcome["summary"] = success_text(pipeline)
        return outcome
    phase, step, result = failure
    outcome["summary"] = _failure_text(pipeline, phase, step, result)
    outcome["failed"] = _kept(result, pipeline.rows)
    assumed = step is DEPLOY and has_failed(result) and not is_known_failure(result)
    outcome["failure"] = {
        "phase": phase,
        "step": step.name if phase != PLAN else "",
        "assumed": assumed,
        "message": _short(phase, step, result),
    }
    return outcome


def _kept(result: Result, limit: int) -> dict[str, t.Any]:
    """A result without the keys that repeat the options of its task, with at most ``limit`` rows in each list, and
    without its prediction, since ``dr_result`` has the last one.

    Ansible copies a fact many times, which for one with tens of thousands of rows takes as long as the work.
    """
    left = ("invocation", "skipped", "skip_reason", "predicted")
    kept = {key: value for key, value in result.items() if key not in left}
    left_out: dict[str, int] = {}
    for key in ROWS:
        listed = kept.get(key) or ()
        if len(listed) > limit:
            kept[key] = _first_rows(listed, limit)
            left_out[key] = len(listed) - len(kept[key])
    return {**kept, "omitted": {**(kept.get("omitted") or {}), **left_out}} if left_out else kept


def _first_rows(listed: t.Sequence[t.Any], limit: int) -> list[t.Any]:
    """The rows that are kept, in their order; rows with a failure or a finding take precedence over mere changes."""
    numbers = range(len(listed))
    chosen = {*[number for number in numbers if _has_failure_or_finding(listed[number])][:limit]}
    for number in numbers:
        if len(chosen) >= limit:
            break
        chosen.add(number)
    return [listed[number] for number in sorted(chosen)]


def _has_failure_or_finding(row: Result) -> bool:
    return bool(row.get("message") or row.get("flag_disagrees") or row.get("result") in ("failed", "timed_out"))


def success_text(pipeline: Pipeline) -> list[str]:
    lines = []
    for step in STEPS:
        result = pipeline.result_of(step)
        if result:
            lines += _step_text(step, result, pipeline.check_mode, pipeline.lines)
    return lines or [NO_STEP]


def _failure_text(pipeline: Pipeline, phase: str, step: Step, result: Result) -> list[str]:
    if phase == PLAN and result.get("unknown"):
        return [*_message(step, result), "Run the same again: it reads what was done, and does the rest."]
    if phase == PLAN:
        return [*_message(step, result), "Nothing was written."]
    if phase == PREFLIGHT:
        return _refusal_text(pipeline, step, result)
    lines: list[str] = []
    for other in STEPS:
        its = pipeline.result_of(other)
        if other is step:
            lines.append(f"{step.title}: failed{_in_brackets(step, its)}")
            lines += [f"  {line}" for line in _message(step, its)]
            done = _listed(its, pipeline.lines)
            lines += (
                [f"  {'Predicted for' if pipeline.check_mode else 'Done or requested in'} this step:", *done]
                if done
                else []
            )
        elif its:
            lines += _step_text(other, its, pipeline.check_mode, pipeline.lines)
        elif STEPS.index(other) > STEPS.index(step):
            lines.append(f"{other.title}: not run")
    return lines + _what_now(pipeline)


def _what_now(pipeline: Pipeline) -> list[str]:
    if pipeline.check_mode:
        return ["This was check mode: nothing was written."]
    if not any(pipeline.result_of(step).get("changed") for step in STEPS):
        return ["Nothing was changed. Remove the cause and run the same again."]
    lines = []
    left = _left_undeployed(pipeline)
    if left is None:
        lines.append(
            'Flows are "Saved, not deployed" now, and not deployed again by this run: those of impacted_flows that '
            "st_flow_info does not show as Deployed."
        )
    elif left:
        lines.append(f'"Saved, not deployed" now, and not deployed again by this run: {_names(left)}.')
    return [*lines, "What is done stays done. Remove the cause and run the same again: it goes on from there."]


def _left_undeployed(pipeline: Pipeline) -> list[str] | None:
    """None when the results do not list all flows."""
    declared = pipeline.result_of(DECLARE)
    if not declared.get("changed"):
        return []
    impacted = {str(row.get("flow")) for row in declared.get("impacted_flows") or ()}
    if omitted(declared, "impacted_flows") or omitted(pipeline.result_of(DEPLOY), "flows"):
        return None
    deployed = {
        str(row.get("flow"))
        for row in rows(DEPLOY, pipeline.result_of(DEPLOY))
        if row.get("status_after") == "Deployed"
    }
    return sorted(impacted - deployed)


def _refusal_text(pipeline: Pipeline, step: Step, result: Result) -> list[str]:
    lines = [f'Refused before the first write, since the step "{step.title}" would fail:']
    lines += [f"  {line}" for line in _message(step, result)]
    before = [other for other in STEPS[: STEPS.index(step)] if actions(pipeline.prediction_of(other))]
    if before:
        lines.append("Nothing was written. Before the failure, the run would have done this:")
        for other in before:
            lines += [f"  {line}" for line in _step_text(other, pipeline.prediction_of(other), True, pipeline.lines)]
    else:
        lines.append("Nothing was written.")
    lines.append("How to go on: remove the cause and run the same again.")
    if step is not DECLARE and rows(step, result):
        lines += [
            "Or change what the run works on: add the masters that prevent this step to dr_topology or dr_masters, or "
            "remove from dr_masters or dr_flows what they prevent.",
            "Or set dr_preflight to false: then the steps before this one are carried out, and the run fails here.",
        ]
    return lines


def _short(phase: str, step: Step, result: Result) -> str:
    """The message of the task that fails at the end, after the summary has been shown."""
    text = " ".join(line.strip() for line in _message(step, result))
    if len(text) > FAIL_LIMIT:
        text = text[:FAIL_LIMIT].rsplit(" ", 1)[0] + " ..."
    if phase == PLAN:
        return text
    if phase == PREFLIGHT:
        return (
            f'Refused before the first write, since the step "{step.title}" would fail: {text} (More in the summary.)'
        )
    return f"{step.title} failed: {text} (What was done and what was not is in the summary.)"


def _message(step: Step, result: Result) -> list[str]:
    text = in_role_words(step.name, str(result.get("msg") or "It gave no message."))
    if len(text) > MESSAGE_LIMIT:
        text = text[:MESSAGE_LIMIT].rsplit("\n", 1)[0] + "\n... (more of it is in dr_result.failed)"
    # The last line of a module that failed midway is repeated at the end of the summary.
    return [
        line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("What is done stays done")
    ]


def _step_text(step: Step, result: Result, check_mode: bool, limit: int) -> list[str]:
    """One line, then the actions, then findings that are not changes."""
    done = actions(result)
    if not done:
        word = "nothing to do"
    elif check_mode:
        word = "would change"
    else:
        word = "changed" if result.get("changed") else "requested, and nothing changed"
    return [f"{step.title}: {word}{_in_brackets(step, result)}", *_listed(result, limit), *_findings(step, result)]


def ended_text(step: Step, result: Result, limit: int) -> str:
    """One line about a step that has just ended, with the first of its actions."""
    if not has_failed(result):
        first, *others = _step_text(step, result, False, limit)
    else:
        first, *others = f"{step.title}: failed{_in_brackets(step, result)}", *_listed(result, limit)
    shown = [line.removeprefix("  - ") for line in others if line.startswith("  - ")]
    return one_line(f"{first}: {'; '.join(shown)}" if shown else first)


def _listed(result: Result, limit: int) -> list[str]:
    done, left_out = actions(result), omitted(result, "actions")
    if left_out:
        done = done[:-1]  # the last one only says how many more there are
    lines = [f"  - {action}" for action in done[:limit]]
    more = len(done) + left_out - len(lines)
    return [*lines, f"  - and {more} more"] if more else lines


def _findings(step: Step, result: Result) -> list[str]:
    found = disagreements(result) if step is SYNCHRONIZE else []
    if not found:
        return []
    names = _names([f"{row.get('backup')} of {row.get('master')}" for row in found])
    return [
        f"  Not equal although Central Governance calls them synchronized: {names}. dr_force_sync: when_different "
        "synchronizes these and no others."
    ]


_WORDS = ("changed", "would_change", "failed", "timed_out", "not_tried", "unchanged")


def _in_brackets(step: Step, result: Result) -> str:
    counted = counts(step, result)
    parts = [f"{counted[word]} {word.replace('_', ' ')}" for word in _WORDS if word in counted]
    groups = [f"{step.items}: {', '.join(parts)}"] if parts else []
    for noun in ("backups", "profiles"):
        parts = [
            f"{counted[key]} {verb}"
            for verb in ("removed", "replaced", "added", "created")
            if (key := f"{noun}_{verb}") in counted
        ]
        groups += [f"{noun}: {', '.join(parts)}"] if parts else []
    return f" ({'; '.join(groups)})" if groups else ""


def _names(names: t.Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN} more"
