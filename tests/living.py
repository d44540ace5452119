"""A plan small enough to be followed by hand, and what may have happened to it.

Two schools of 4 classes and one that prepares its building; a computer (``pc``) costs 1000 and 100
a year to run, a server (``srv``) 2000 in instalments of 30% and 70% and 501 of site works, once.
``cap`` has 10,000, 9,000 and 3,000, half of which may move to the next year. Its lines:

====  ======  ======  ====  ====  ========  ========  ======  ===================
line  school  item    fund  year  kind      quantity  amount  schedule
====  ======  ======  ====  ====  ========  ========  ======  ===================
1     a               cap   2024  request                777
2     a       pc      cap   2023  purchase         4    4000
3     a       pc      run   2024  upkeep           4     400
4     a       pc      run   2025  upkeep           4     400
5     a       srv     cap   2023  purchase         1    2000  2023:600;2024:1400
6     a       srv     cap   2023  setup            1     501
7     b       pc      cap   2023  purchase         3    3000
8     b       pc      cap   2024  purchase         1    1000
9     b       pc      run   2024  upkeep           3     300
10    b       pc      run   2025  upkeep           4     400
11    b       srv     cap   2023  purchase         1    2000  2023:600;2024:1400
12    b       srv     cap   2023  setup            1     501
13    p       pc      own   2024  purchase         1    1000
14    p       srv     own   2024  purchase         1    2000
15    p       srv     own   2024  setup            1     501
====  ======  ======  ====  ====  ========  ========  ======  ===================
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tiny import fund, item, norm, school, tiny

from planner.run import folder
from planner.run.optimize import optimize
from planner.scenario.scenario import Scenario

HEADERS = ("line", "kind", "school", "item", "fund", "year", "request", "option", "status",
           "quantity", "amount", "date", "document")  # fmt: skip


def living() -> Scenario:
    """The scenario."""
    return tiny(
        schools=[
            school("a"), school("b", pupils=50),
            school("p", group="preparing", ready=2024, project_amount=5000, classes=1),
        ],
        items=[
            item("pc", 1000, upkeep="0.1"), item("srv", 2000, payments=("0.3", "0.7"), setup=501),
        ],
        norms=[norm("pc"), norm("srv", per="school")],
        funds={
            "cap": fund(
                {2023: 10_000, 2024: 9000, 2025: 3000}, carry_over="0.5", nature="capital",
                name={"vi": "Vốn đầu tư", "en": "Capital"},
            ),
            "run": fund({2023: 2000, 2024: 2000, 2025: 2000}, nature="recurrent", pays_upkeep=True),
            "own": {"role": "project"},
        },
        years=(2023, 2024), tail_years=1, upkeep="required",
        tables={
            "requests": [
                {"request": "r", "school": "a", "option": "x", "title": "Mạng", "value": 100}
            ],
            "request_costs": [
                {"request": "r", "option": "x", "fund": "cap", "year": 2024, "amount": 777}
            ],
        },
    )  # fmt: skip


def living_folder(place: Path) -> Path:
    """Its plan folder, with exactly the lines above."""
    result = optimize(living(), threads=1)
    lines = result.plan.allocation[["school", "item", "year", "kind", "amount"]]
    assert [tuple(map(str, row)) for row in lines.itertuples(index=False)] == [
        tuple(row.split(",")) for row in LINES.split()
    ]
    return folder.write(result, place / "plan")


LINES = """
a,,2024,request,777 a,pc,2023,purchase,4000 a,pc,2024,upkeep,400 a,pc,2025,upkeep,400
a,srv,2023,purchase,2000 a,srv,2023,setup,501 b,pc,2023,purchase,3000 b,pc,2024,purchase,1000
b,pc,2024,upkeep,300 b,pc,2025,upkeep,400 b,srv,2023,purchase,2000 b,srv,2023,setup,501
p,pc,2024,purchase,1000 p,srv,2024,purchase,2000 p,srv,2024,setup,501
"""


def happened(
    line: int | str, status: str, quantity: Any = "", amount: Any = "", date: Any = "",
    document: str = "", **ids: Any,
) -> dict[str, Any]:  # fmt: skip
    """A row of the table; a line of 0 is named by its ids."""
    row = {"line": line or "", "status": status, "quantity": quantity, "amount": amount}
    return row | {"date": date, "document": document} | ids


def written(rows: Sequence[dict[str, Any]], path: Path, headers: Sequence[str] = HEADERS) -> Path:
    """The rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows([row.get(name, "") for name in HEADERS] for row in rows)
    return path


A_YEAR = [
    # line 2: 4 computers contracted in two parts at 980 and 1010, three delivered, 2000 paid
    happened(2, "contracted", 3, 2940, "2023-03-01", "HD-1"),
    happened(2, "contracted", 1, 1010, "2023-04-01", "HD-2"),
    happened(2, "delivered", 3, "", "2023-05-02", "BB-1"),
    happened(2, "disbursed", "", 2000, "2023-05-20", "UNC-1"),
    # line 5: the server, contracted at 1900: 570 and 1330 fall due; 570 paid, not delivered
    happened(5, "contracted", 1, 1900, "2023-06-01", "HD-3"),
    happened(5, "disbursed", "", 570, "2023-06-15", "UNC-2"),
    # line 6: its works, whole without a quantity, done and paid
    happened(6, "contracted", "", 501, "2023-06-01", "HD-3"),
    happened(6, "delivered", "", "", "2023-07-01", "BB-2"),
    happened(6, "disbursed", "", 501, "2023-07-09", "UNC-3"),
    # line 7: 3 contracted at 2700, one cancelled: 2 at 1800; all delivered and paid in January
    happened(7, "contracted", 3, 2700, "2023-09-01", "HD-4"),
    happened(7, "cancelled", 1, "", "2023-10-01", "PL-4"),
    happened(7, "delivered", 2, "", "2024-01-10", "BB-3"),
    happened(7, "disbursed", "", 1800, "2024-01-20", "UNC-4"),
    # line 3: running cost, paid without a contract
    happened(3, "disbursed", "", 390, "2024-02-01", "UNC-5"),
]
"""What happened until February 2024, by hand."""
