"""Invented files as offices have them, for the tests of `planner new --from`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
from click.testing import CliRunner, Result

from planner.cli.commands import new
from planner.run.optimize import optimize
from planner.scenario.load import load


def from_files(folder: Path, *arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(new, [str(folder), "--lang", "en", *arguments], **more)


def csv_files(folder: Path, **texts: str) -> list[str]:
    """Writes CSV files; the options that name them."""
    options: list[str] = []
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        options += ["--from", str(folder / f"{name}.csv")]
    return options


def workbook(path: Path, *rows: list[Any], merged: tuple[str, ...] = ()) -> list[str]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for part in merged:
        book.active.merge_cells(part)
    book.save(path)
    return ["--from", str(path)]


def stock_of(folder: Path) -> list[list[Any]]:
    frame = load(folder).table("inventory")[["school", "item", "quantity", "acquired"]]
    return sorted(frame.to_numpy().tolist())


def has_a_plan(folder: Path) -> bool:
    return optimize(load(folder), gap=0.2, threads=1).plan is not None


SCHOOLS = (
    "school,name,level,pupils,classes,teachers\n"
    "N,Northside Elementary,primary,400,16,25\n"
    "L,Lakeview Middle,lower_secondary,500,18,30\n"
)


REGISTER = (
    "Asset Tag;Item Name;Category;Model Name;Serial Number;Location;Purchase Date;Purchase Cost;"
    "Status\n"
    "A0001;PC lab 1;Desktop;OptiPlex;SN1;Northside Elementary;04/17/2019;612.50;In-service\n"
    "A0002;PC lab 2;Desktop;OptiPlex;SN2;Northside Elementary – Room 2;04/17/2019;612.50;"
    "In-service\n"
    "A0003;PC lab 3;Desktop;OptiPlex;SN3;Northside Elementary;08/02/2013;540.00;Retired\n"
    "A0004;Tablet cart;Tablet;iPad;SN4;Lakeview Middle;2021-01-12;329.00;Ready to Deploy\n"
    "A0005;AP gym;Access point;U6;SN5;Lakeview Middle;;179;Deployed\n"
)


PLAN = (
    "Project,School,Priority,Prior Years,FY25,FY26,FY27,FY28,Total\n"
    'Wi-Fi refresh,Northside Elementary,1,"$0","$120,000","$80,000","$0","$0","$200,000"\n'
    'Server room,Lakeview Middle,2,"$15,000","$45,500","$0","$0","$0","$60,500"\n'
    'Displays,Northside Elementary,3,,"(TBD)","$300,000","$150,000","$0","$450,000"\n'
    'Total,,,"$15,000","$165,500","$380,000","$150,000","$0","$710,500"\n'
)


def office_list(heading: str = "Số lớp") -> bytes:
    """A list of schools with devices under a header of two rows, as offices keep it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tổng hợp"
    sheet.append(["TT", "Tên trường", "Cấp học", heading, "Số HS", "Máy tính", None])
    sheet.append([None] * 5 + ["Hiện có", "Hỏng"])
    for column in "ABCDE":
        sheet.merge_cells(f"{column}1:{column}2")
    sheet.merge_cells("F1:G1")
    sheet.append([1, "TH Mẫu Một", "Tiểu học", 20, 680, 25, 5])
    sheet.append([2, "THCS Mẫu Hai", "THCS", 24, 1020, 40, 12])
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()
