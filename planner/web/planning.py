"""Jobs that solve: a plan of a scenario, as ``planner run`` makes it."""

from __future__ import annotations

from pathlib import Path

from planner import api
from planner.messages import say
from planner.run import folder as folders
from planner.web.pages import link
from planner.web.work import Outcome, Task


def run(task: Task) -> Outcome:
    """Solves a scenario and writes its plan folder; of one that is proven infeasible, its conflict
    and repairs.

    Arguments: ``of`` (scenario), ``overrides`` (as ``--set`` takes them), ``out`` (plan folder;
    default: as ``planner run`` in the opened folder), ``gap``, ``time_limit``, ``tidy``,
    ``lock`` (an edited workbook), ``lock_all``, ``plan`` (the folder it belongs to).
    """
    scenario = api.load(task.path("of"), task.args.get("overrides") or {})
    name = scenario.id if not task.args.get("lock") else f"{scenario.id}-locked"
    out = task.root / str(task.args.get("out") or f"plans/{name}")
    folders.refuse_foreign(out)
    chosen = {
        k: task.args[k] for k in ("gap", "time_limit", "tidy") if task.args.get(k) is not None
    }
    if task.args.get("lock"):
        chosen |= {"lock": task.path("lock"), "lock_all": bool(task.args.get("lock_all"))}
        chosen |= {"plan": task.path("plan")} if task.args.get("plan") else {}
    result = api.solve(scenario, **task.listening(), **chosen)
    if result.maybe_plan is not None:
        written = api.write(result, out)
        of = Path(written).relative_to(task.root.absolute()).as_posix()
        return Outcome(int(result.status.exit_code), go=link("/plan", of=of))
    said = say(f"door_status_{result.status}", task.lang)
    return Outcome(int(result.status.exit_code), sentence=said)
