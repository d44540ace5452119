"""A small sound scenario for tests that spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

BASE = """\
schema: 1
title: {vi: "Kịch bản thử", en: Test scenario}
years: [2023, 2025]
tail_years: 2
illustrative: true
data:
  schools: schools.csv
  catalogue: catalogue.csv
  norms: norms.csv
  inventory: inventory.csv
  requests: requests.csv
  request_costs: request_costs.csv
  request_items: request_items.csv
  commitments: commitments.csv
  bans: bans.csv
  capacities: capacities.csv
  drivers: drivers.csv
  needs: needs.csv
  indicators: indicators.csv
envelope:
  public_investment: {2023: 100_000_000_000, 2024: 100000000000, 2025: 120000000000}
  education_share: 0.60
  it_share: 0.05
funds:
  cap: {name: {vi: Vốn đầu tư, en: Capital}, nature: capital, amounts: envelope, reserve: 0.10}
  rec:
    nature: recurrent
    amounts: {2023: 900000000, 2024: 900000000, 2025: 900000000}
    pays_upkeep: true
  projects: {role: project}
priority: {mode: weighted, weights: {completed: 9, under_construction: 3, preparing: 1, none: 3}}
tiers: [[0.5, 2], [1.0, 1]]
rules:
  group-2-floor:
    measure: spend
    where: {group: under_construction}
    for_each: [year]
    at_least: {share: 0.20}
  pc-floor: {measure: coverage, where: {item: pc}, at_least: 0.1, firmness: wish, price: 2}
"""

FILES: dict[str, str] = {
    "base.yaml": BASE,
    "schools.csv": (
        "school,name,level,group,ready,pupils,classes,teachers,project_amount,zone,labs\n"
        '0071,"Trường A, cơ sở 1",Tiểu học,Nhóm 1,,1.800,30,40,,east,2\n'
        "b,Trường B,primary,under_construction,2024,600,20,30,,west,1\n"
        "c,Trường C,lower_secondary,preparing,2026,800,24,44,900000000,west,1\n"
        "d,Trường D,lower_secondary,none,,500,15,28,,east,\n"
    ),
    "catalogue.csv": (
        "item;name;unit;pillar;nature;price;price_low;price_high;life;upkeep;requires;capacity;"
        "payments;whole;setup\n"
        'pc;Máy tính;bộ;infrastructure;capital;15.450.000;14.000.000;17.000.000;5;"5%";lan;30;'
        '"0,3;0,7";có;\n'
        "lan;Mạng LAN;hệ thống;infrastructure;capital;30 000 000;;;10;0,05;;;;yes;5000000\n"
        "sms;Phần mềm;gói;software;recurrent;8000000;;;1;0;;;;no;\n"
    ),
    "norms.csv": (
        "item,level,per,every,only,minimum,maximum,from,source,verified\n"
        "pc,primary,pupils,24,,2,,,CV 4622,yes\n"
        "pc,lower_secondary,pupils,16,,,200,,,no\n"
        "lan,primary,school,1,,,,,,\n"
        "lan,lower_secondary,labs,1,zone=west,,,2024,,\n"
        "sms,primary,school,1,,,,,,\n"
    ),
    "inventory.csv": (
        "school,item,quantity,acquired,usable_until\n"
        "0071,pc,10,2020,\nb,pc,12,01/09/2020,\nd,lan,1,2018,2024\n"
    ),
    "requests.csv": (
        "request,school,option,title,value,mandatory,requires\n"
        "r1,0071,full,Phòng thu,12.5,no,\nr1,0071,half,Phòng thu nhỏ,5,no,\n"
        "r2,b,one,Sân khấu,3,no,r1\n"
    ),
    "request_costs.csv": (
        "request,option,fund,year,amount\nr1,full,cap,2023,200000000\nr1,half,cap,2024,90000000\n"
        "r2,one,rec,2024,10000000\n"
    ),
    "request_items.csv": "request,option,item,quantity,year\nr1,full,pc,5,2023\n",
    "commitments.csv": "school,item,fund,year,quantity\nb,pc,cap,2024,3\n",
    "bans.csv": "school,item,fund,year\nd,pc,,2023\n",
    "capacities.csv": "item,fund,year,most\npc,,,400\n,rec,2024,800000000\n",
    "drivers.csv": "school,driver,year,value\nb,pupils,2024,650\n",
    "needs.csv": "school,item,year,quantity\nd,sms,2024,1\n",
    "indicators.csv": "school,criterion,year,value,target\nb,Học bạ số,2023,45.5,80\n",
}


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a sample and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    return folder
