"""The model in files that other engines read, and as a PuLP problem for study: the same optimum,
under the product's own names. All schools and figures are invented."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

import highspy
import numpy as np
import pulp
import pytest
from rule_cases import RULE_CASES
from tiny import EQUAL, fund, item, school, tiny

import planner
from planner.formulation.build import formulate
from planner.formulation.model import legal_names
from planner.names import Link, StandingRule
from planner.scenario.scenario import Scenario

THREE = Path(__file__).parent.parent / "scenarios" / "three-schools"
INFEASIBLE = StandingRule.NEED
"""The rule whose scenario has a plan only where it is forgotten."""
RULED = {
    str(rule): case.forgotten
    for rule, case in RULE_CASES.items()
    if isinstance(case.forgotten, Scenario) and rule != INFEASIBLE
}
"""A scenario with a plan for every other standing rule, which the rule binds."""
RANGED = tiny(
    schools=[school("a"), school("b")],
    items=[item("pc"), item("kit", 7)],
    funds={"cap": fund(60), "more": fund(20, nature="capital")},
    rules={
        "between": {"measure": "spend", "where": {"item": "kit"}, "at_least": 7, "at_most": 30},
        "wanted": {"measure": "quantity", "where": {"item": "pc"}, "at_least": 9,
                   "firmness": "wish", "price": 1},
    },
)  # fmt: skip
"""A row with two bounds, and a wish, whose miss has no upper bound."""


def read_back(path: Path) -> highspy.Highs:
    """The file as HiGHS reads it."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    return highs


def optimum(highs: highspy.Highs) -> float:
    """Its optimum, proven."""
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(highs.getInfo().objective_function_value)


def first_stage(scenario: Scenario) -> float:
    """The value of the first stage that the product proves."""
    result = planner.solve(scenario, gap=0, tidy=0)
    return next(s.value for s in result.stages)


@pytest.mark.parametrize("suffix", [".lp", ".mps", ".mps.gz"])
def test_a_file_gives_the_same_optimum(suffix: str, tmp_path: Path) -> None:
    """Three schools are worth 8,633.33 by hand. A file that minimises, that forgets which columns
    are whole (the relaxation reaches more of the ranged scenario), or whose rows with two bounds
    lost one, gives another number."""
    made = planner.export(THREE, tmp_path / f"three{suffix}")
    assert optimum(read_back(made.path)) == pytest.approx(8633.333333, abs=1e-5)
    ranged = planner.export(RANGED, tmp_path / f"ranged{suffix}")
    highs, model = read_back(ranged.path), formulate(RANGED).model
    assert optimum(highs) == pytest.approx(first_stage(RANGED), abs=1e-6)
    lp = highs.getLp()
    assert (lp.sense_, lp.offset_) == (highspy.ObjSense.kMaximize, 0.0)
    written = ranged.names.query("kind == 'column'")["written"].tolist()
    whole = {n for n, k in zip(lp.col_names_, lp.integrality_, strict=True)
             if k == highspy.HighsVarType.kInteger}  # fmt: skip
    assert whole == {n for n, k in zip(written, model.integer, strict=True) if k}
    ends = {n: (lo, up) for n, lo, up in zip(lp.row_names_, lp.row_lower_, lp.row_upper_,
                                             strict=True)}  # fmt: skip
    rows = ranged.names.query("kind == 'row'")["written"].tolist()
    for name, low, high in zip(rows, model.row_lower, model.row_upper, strict=True):
        assert np.allclose(ends[name], (low, high)), name
    if suffix == ".mps.gz":
        assert gzip.decompress(made.path.read_bytes()).startswith(b"NAME")


@pytest.mark.parametrize(
    "rule",
    [pytest.param(r, marks=[] if k % 4 == 0 else [pytest.mark.slow]) for k, r in enumerate(RULED)],
)
def test_every_standing_rule_stands_in_the_file(rule: str, tmp_path: Path) -> None:
    """A scenario that the rule binds, written, read back and solved: the optimum is the product's,
    and every row is named by a rule of the register, a link or a rule of the scenario. A rule whose
    rows were left out, or merged by equal names, would let more be reached."""
    scenario = RULED[rule]
    made = planner.export(scenario, tmp_path / "model.lp", implied=False)
    assert optimum(read_back(made.path)) == pytest.approx(first_stage(scenario), abs=1e-5)
    rows = made.names.query("kind == 'row'")
    assert f"{rule}[" in "".join(rows["name"])
    known = {*map(str, StandingRule), *map(str, Link), *scenario.settings.rules}
    assert set(rows["name"].str.split("[", n=1).str[0]) <= known
    assert rows["written"].is_unique
    lp = made.path.read_text()
    assert max(map(len, lp.splitlines())) <= 250
    assert not re.search(r"\n(bin|gen|semi)\n(bin|gen|semi|end)\n", lp)


def test_what_has_no_plan_has_none_in_the_file(tmp_path: Path) -> None:
    """Forty are to be spent on what is needed once at ten."""
    scenario = RULE_CASES[INFEASIBLE].forgotten
    assert isinstance(scenario, Scenario)
    highs = read_back(planner.export(scenario, tmp_path / "model.mps").path)
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible


@pytest.mark.parametrize("suffix", [".lp", ".mps"])
@pytest.mark.parametrize(
    "rule", [pytest.param(r, marks=[pytest.mark.slow] * (r != "one_source")) for r in RULED]
)
def test_another_engine_reads_the_same(rule: str, suffix: str, tmp_path: Path) -> None:
    """CBC, whose readers are its own, finds the product's optimum in the file. Sections by the
    short names that HiGHS writes are passed over by it: it then solves the relaxation."""
    scenario = RULED[rule]
    made = planner.export(scenario, tmp_path / f"model{suffix}")
    sense = [] if suffix == ".lp" else ["-max"]
    command = [pulp.PULP_CBC_CMD().path, str(made.path), *sense, "-solve", "-quit"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Objective value:\s+(-?[\d.e+-]+)", told) or re.search(
        r"Optimal - objective value (-?[\d.e+-]+)", told
    )
    assert found is not None, told
    assert abs(float(found[1])) == pytest.approx(abs(first_stage(scenario)), rel=1e-4, abs=1e-3)


def test_names_are_legal_and_different() -> None:
    """Signs that mean something in these files go, letters lose their marks, nothing begins like a
    number or is a word of the format, and what became equal is told apart. Two rows of one name
    would be one row."""
    labels = ["buy[TH-07,lan,cap,2024]", "buy[TH_07,lan,cap,2024]", "Trường Đống Đa", "e1", "e",
              "free", "2024", "x" * 150, "x" * 151, "excused[a]"]  # fmt: skip
    names = legal_names(labels)
    assert names == [
        "buy(TH_07,lan,cap,2024)", "buy(TH_07,lan,cap,2024)_2", "Truong_Dong_Da", "_e1", "_e",
        "_free", "_2024", "x" * 100, "x" * 92 + "_2", "excused(a)",
    ]  # fmt: skip
    assert len(set(names)) == len(labels)


def test_a_row_of_ones_own_changes_the_optimum() -> None:
    """By hand: 20 buys two units at 10, worth 25 each; with one at most, 25 is left; with a half at
    most, which no scenario can say, 12.5 once units may be parts, and nothing while they are
    whole."""
    scenario = tiny(cap=20)
    study = planner.problem(scenario)
    assert study.sense == pulp.LpMaximize
    for name in ("fund_within_budget(cap,2023)", "need_not_exceeded(a,pc,2023)"):
        assert study.get_constraint_by_name(name) is not None
    study.solve(pulp.HiGHS(msg=False))
    assert study.objective.value() == pytest.approx(50)
    bought = study.variablesDict()["buy(a,pc,cap,2023)"]
    assert bought.varValue == 2
    study += bought <= 1, "one_at_most"
    study.solve(pulp.HiGHS(msg=False))
    assert study.objective.value() == pytest.approx(25)
    for relax, value in ((False, 0.0), (True, 12.5)):
        half = planner.problem(scenario, relax=relax)
        half += half.variablesDict()["buy(a,pc,cap,2023)"] <= 0.5, "half_at_most"
        half.solve(pulp.HiGHS(msg=False))
        assert half.objective.value() == pytest.approx(value)
    ranged = planner.problem(RANGED)
    ranged.solve(pulp.HiGHS(msg=False))
    assert ranged.objective.value() == pytest.approx(first_stage(RANGED))


def test_a_stage_is_chosen_by_its_name(tmp_path: Path) -> None:
    """Under ``strict`` the objective is that of one stage: alone, each of two groups can have all
    20, worth 50. A sum of all stages would be one number for both."""
    schools = [school("a"), school("b", group="none")]
    scenario = tiny(
        schools=schools, cap=20, priority={"mode": "strict", "by": "whole", "weights": EQUAL},
        rules={"law": {"measure": "quantity", "where": {"school": "b"}, "at_least": 1}},
    )  # fmt: skip
    values = {}
    for stage in ("completed", "none"):
        made = planner.export(scenario, tmp_path / f"{stage}.lp", stage=stage)
        values[stage] = optimum(read_back(made.path))
    assert values == pytest.approx({"completed": 25, "none": 50})
    with pytest.raises(ValueError, match="completed, "):
        planner.problem(scenario, stage="all")
    with pytest.raises(ValueError, match=r"\.mps\.gz"):
        planner.export(scenario, tmp_path / "model.xls")
    assert not (tmp_path / "model.xls").exists()
