"""Who asks is told how far a verb is, may end it, and chooses its language: `progress`, `stop` and
`lang` of the Python door, and Ctrl-C of `planner explain`."""

from __future__ import annotations

import inspect
import pickle
import signal
import threading
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tiny import item, school, tiny

import planner
from planner.analysis.explain import explain_school, prices
from planner.cli import commands
from planner.messages import language
from planner.present.explanation import policies_text, why_text
from planner.present.terminal import Listener
from planner.scenario import write
from planner.scenario.scenario import Scenario
from planner.solving.solution import PHASES, Progress, sink_of
from planner.system.process import listening

THREE = Path(__file__).parent.parent / "scenarios" / "three-schools"
VERBS = sorted(
    name
    for name, module in planner.NAMES.items()
    if inspect.isfunction(getattr(planner, name)) and name != "language"
)


def promising(**settings: Any) -> Scenario:
    """Money 40 for pcs and kits of 10; two rules, so three promises with the priority mode."""
    least = {"measure": "quantity", "at_least": 1}
    rules = {"pcs": least | {"where": {"item": "pc"}}, "kits": least | {"where": {"item": "kit"}}}
    return tiny(items=[item("pc"), item("kit", weight=2)], cap=40, rules=rules, **settings)


def after(number: int) -> tuple[Callable[[Progress], None], Callable[[], bool]]:
    """Progress that counts jobs' parts, and a stop that says so once so many are done."""
    seen: list[int] = []
    return (
        lambda at: seen.append(at.done or 0),
        lambda: any(done >= number for done in seen),
    )


def phases(told: list[Progress]) -> list[str]:
    """The phases in the order in which they were told, each once where it follows itself."""
    return [name for name, _ in groupby(at.phase for at in told)]


def test_a_solve_tells_its_phases_in_order(tmp_path: Path) -> None:
    """From a path to figures: read, built, solved, rounded, tidied, audited, written, drawn, each
    begun once. A phase inside another (tidying rounds every trial) is no phase of its own; one that
    forgets to say so, or says it late, breaks the order."""
    told: list[Progress] = []
    write.write(promising(solve={"gap": 0.001}), tmp_path / "s")
    result = planner.solve(tmp_path / "s", progress=told.append)
    solved = ["reading", "building", "solving", "rounding", "tidying", "auditing"]
    assert phases(told) == solved
    told.clear()
    planner.write(result, tmp_path / "plan", progress=told.append)
    assert phases(told) == ["writing", "drawing"]
    told.clear()
    planner.read(tmp_path / "plan", progress=told.append)
    assert phases(told) == ["reading", "auditing"]
    assert {*solved, "writing", "drawing"} <= set(PHASES)


def test_building_says_how_far_it_is() -> None:
    """Shares grow from the first to 1. One that falls, or a bar that never fills, says nothing."""
    told: list[Progress] = []
    planner.solve(THREE, progress=told.append)
    shares = [at.share for at in told if at.phase == "building" and at.share is not None]
    assert shares == sorted(shares)
    assert (len(shares) > 5, shares[-1]) == (True, 1.0)


def test_a_stop_while_building() -> None:
    """Stopped at the first share of the model: who asked for a plan has an audited one, with its
    true gap; who asked for a relaxation or a decision for all futures has nothing to keep, and
    nothing was solved. A relaxation built to its end, or an error, would be wrong."""
    told: list[Progress] = []

    def pressed() -> bool:
        return any(at.phase == "building" for at in told)

    kept = planner.solve(THREE, progress=told.append, stop=pressed)
    assert (kept.status.has_plan, planner.audit(kept).empty) == (True, True)
    told.clear()
    result = planner.solve(THREE, relax=True, progress=told.append, stop=pressed)
    assert (result.status, result.maybe_plan, int(result.status.exit_code)) == ("no_plan", None, 5)
    assert phases(told) == ["reading", "building"]
    assert told[-1].share is None or told[-1].share < 0.5
    decided = planner.futures(
        planner.load(THREE), cases=dict.fromkeys("ab", planner.load(THREE)), stop=lambda: True
    )
    assert (decided.status, decided.results) == ("no_plan", {})


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_all_three(verb: str) -> None:
    """`frontier` had a `stop` before, the end of its path: there it is `stopping`. A page that
    calls verbs by name cannot tell which of them lacks one."""
    takes = inspect.signature(getattr(planner, verb)).parameters
    stop = "stopping" if verb == "frontier" else "stop"
    kinds = {takes[name].kind for name in ("progress", stop, "lang")}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


def test_lang_is_of_one_call(tmp_path: Path) -> None:
    """An English call in a Vietnamese process, in this thread and in another: its findings, and
    its error wherever that is read, are English, and nothing else is. Setting the process's
    language and forgetting it would speak English to everybody."""
    wrong = {"tial_years": 2}
    assert language() == "vi"
    (english,) = planner.check(THREE, wrong, lang="en")["message"]
    (own,) = planner.check(THREE, wrong)["message"]
    assert english == "there is no key «tial_years»; is it «tail_years»?"
    assert own == "không có khóa «tial_years»; có phải «tail_years»?"
    with pytest.raises(planner.InputError) as raised:
        planner.load(THREE, wrong, lang="en")
    assert english in str(pickle.loads(pickle.dumps(raised.value)))
    heard: list[str] = []
    seen = threading.Thread(
        target=lambda: heard.extend(planner.check(THREE, wrong, lang="en")["message"])
    )
    seen.start()
    seen.join()
    assert (heard, language()) == ([english], "vi")
    with pytest.raises(ValueError, match="'vi' or 'en'"):
        planner.load(THREE, lang="fr")


def test_what_only_reads_or_writes_ends_with_an_error(tmp_path: Path) -> None:
    """There is nothing to keep: exit code 5, and no folder. Once the tables stand, a stop costs the
    figures alone, and it is said."""
    for verb in (planner.load, planner.check, planner.session):
        with pytest.raises(planner.StoppedError) as raised:
            verb(THREE, stop=lambda: True)
        assert int(raised.value.exit_code) == 5
    result = planner.solve(THREE)
    with pytest.raises(planner.StoppedError):
        planner.write(result, tmp_path / "plan", stop=lambda: True)
    assert list(tmp_path.iterdir()) == []
    told: list[str] = []
    with pytest.warns(UserWarning, match="stopped: drawing"):
        folder = planner.write(
            result, tmp_path / "plan", progress=lambda at: told.append(at.phase),
            stop=lambda: "drawing" in told,
        )  # fmt: skip
    assert not (folder / "figures").exists()
    assert planner.audit(folder).empty


def test_explain_tells_and_keeps_what_was_priced() -> None:
    """Three promises, stopped once one is priced: its price is that of the whole run, and the two
    others are named as unanswered. Dropping the first, or passing the list off as whole, would be
    wrong."""
    result = planner.solve(promising())
    told: list[Progress] = []
    every = planner.explain(result, progress=told.append)
    assert every.unanswered == ()
    begun = [at for at in told if not at.stage and at.done is not None]
    counted = [(at.done, at.total, at.subject) for at in begun]
    assert [c[2] for c in counted if c[2]] == ["pcs", "kits", "weighted"]
    assert counted[-1] == (3, 3, "")
    assert {at.phase for at in told} == {"pricing"}
    heard, stop = after(1)
    part = planner.explain(result, progress=heard, stop=stop)
    assert part.table["name"].tolist() == ["pcs"]
    assert part.table["points_high"].tolist() == every.table["points_high"].tolist()[:1]
    assert part.unanswered == (("policy", "kits"), ("priority", "weighted"))
    assert "2 promises have no price yet: kits," in " ".join(policies_text(part, "en").split())
    assert "CHƯA XONG" in policies_text(part)


def test_explain_of_a_school_keeps_what_was_looked_into() -> None:
    """Two needs of a school, stopped once one is answered; and before any."""
    scenario = tiny(schools=[school("a")], items=[item("pc"), item("kit", weight=2)], cap=10)
    result = planner.solve(scenario)
    every = planner.explain(result, school="a")
    assert (len(every.needs), every.unanswered) == (2, ())
    heard, stop = after(1)
    told: list[str] = []
    part = planner.explain(
        result, school="a", progress=lambda at: (heard(at), told.append(at.subject)), stop=stop
    )
    assert (len(part.needs), len(part.unanswered)) == (1, 1)
    known = ("item", "reason", "loss", "cost")
    assert all(getattr(part.needs[0], k) == getattr(every.needs[0], k) for k in known)
    assert part.unanswered == (every.needs[1].item,)
    assert "1 need was not looked into" in " ".join(why_text(part, "en").split())
    none = explain_school(result.plan, "a", result.value, result.bound, stop=lambda: True)
    assert (none.needs, len(none.unanswered)) == ((), 2)
    assert "UNFINISHED" in why_text(none, "en")


def test_ctrl_c_of_explain_keeps_what_was_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real SIGINT when the second promise is begun: one line a promise was said, the first price
    is there, the rest is unfinished, and the exit code is 5. Ending with nothing, or with 0, would
    be wrong."""
    folder = planner.write(planner.solve(promising()), tmp_path / "plan", figures=False)

    def pressed(*args: Any, listener: Callable[[str, str], object], **how: Any) -> Any:
        def told(kind: str, name: str) -> None:
            listener(kind, name)
            if name == "kits":
                signal.raise_signal(signal.SIGINT)

        return prices(*args, listener=told, **how)

    monkeypatch.setattr("planner.cli.futures.prices", pressed)
    asked = [str(folder), "--policies", "--lang", "en"]
    done = CliRunner().invoke(commands.explain, asked, standalone_mode=False)
    assert done.return_value == 5
    assert "Solving without pcs…" in done.stderr
    assert "Stopping and keeping what was answered" in done.stderr
    assert "UNFINISHED: stopped on the way" in done.stdout
    assert "pcs" in done.stdout


def test_a_frontier_is_told_in_either_form_and_keeps_its_points() -> None:
    """(done, all) as ever, and lines of the one kind; stopped after two of four points, two are in
    the table and the frontier says that it is not finished."""
    pairs: list[tuple[int, int]] = []
    asked: dict[str, Any] = {"fund": "district", "points": 4, "workers": 0}
    whole = planner.frontier(
        THREE, progress=lambda done, every: pairs.append((done, every)), **asked
    )
    assert (pairs[-1], whole.finished, len(whole.table)) == ((4, 4), True, 4)
    heard, stop = after(2)
    part = planner.frontier(THREE, progress=heard, stopping=stop, **asked)
    assert (part.finished, part.table["point"].tolist(), len(part.kinks)) == (False, [0, 1], 0)
    assert part.table["value"].tolist() == whole.table["value"].tolist()[:2]


def test_workers_are_stopped() -> None:
    """Two processes and a stop: the list has a place for each scenario, with the error where
    nothing was solved, and it does not wait for the workers."""
    base = planner.load(THREE)
    found = planner.solve_many([base] * 4, workers=2, stop=lambda: True)
    assert len(found) == 4
    assert any(isinstance(one, planner.StoppedError) for one in found)
    heard, stop = after(1)
    first, *rest = planner.solve_many([base] * 3, workers=0, progress=heard, stop=stop)
    assert first.status in ("optimal", "within_gap")
    assert [type(one) for one in rest] == [planner.StoppedError] * 2


def test_alternatives_and_within_are_told() -> None:
    """One kind of line for a page; who takes two numbers gets them."""
    result, told = planner.solve(THREE), list[Progress]()
    planner.alternatives(result, within=0.01, progress=told.append)
    assert {at.phase for at in told} == {"deciding"}
    assert (told[-1].done, told[-1].total, told[-1].share) == (3, 3, 1.0)
    told.clear()
    planner.within(result, "fewest_lines", within=0.2, progress=told.append)
    assert told
    assert all(at.share is not None and 0 <= at.share <= 1 for at in told)
    pairs = list[Any]()
    sink = sink_of(lambda done, every: pairs.append((done, every)))
    assert sink is not None
    sink(Progress("", 0.0, None, None, "reading"))
    sink(Progress("", 0.0, None, None, "deciding", 0.5, 1, 2))
    assert pairs == [(1, 2)]


def test_a_comparison_that_must_solve_can_be_stopped() -> None:
    """Half a solve is no plan to compare with: the comparison ends, and says which plan it was at
    before."""
    base, told = planner.load(THREE), list[Progress]()
    with pytest.raises(planner.StoppedError):
        planner.compare(base, base, progress=told.append, stop=lambda: len(told) > 1)
    assert (told[0].phase, told[0].done, told[0].total, told[0].subject) == (
        "comparing", 0, 2, "scenario",
    )  # fmt: skip


def test_the_console_says_how_far_a_large_model_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of a model that is built within a second, and a line a second at most after."""
    listener = Listener("en")
    for seconds, phase in ((0.4, "building"), (1.2, "building"), (1.3, "building"), (3, "reading")):
        listener.progress(Progress("", seconds, None, None, phase, 0.45))
    assert capsys.readouterr().err == "Building the model: 1 s, 45% done\n"


def test_who_measures_hears_of_every_phase() -> None:
    """A listener of ours (the benchmarks') inside which somebody asks for progress hears what it
    heard before, phases inside phases included."""
    heard: list[str] = []

    class Meter:
        def began(self, name: str) -> None:
            heard.append(f"+{name}")

        def ended(self, name: str) -> None:
            heard.append(f"-{name}")

    with listening(Meter()):
        planner.solve(THREE, progress=lambda at: None)
    told = list(heard)
    heard.clear()
    with listening(Meter()):
        planner.solve(THREE)
    assert told == heard
    assert "+needs" in told
