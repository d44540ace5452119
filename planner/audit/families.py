"""The families of rules that speak of one school at a time, and which of them a scenario has."""

from __future__ import annotations

from planner.audit.decision import Decision
from planner.audit.facts import Facts
from planner.audit.report import Report
from planner.audit.select import Eligibility
from planner.audit.standing import (
    banned,
    committed,
    fund_eligible,
    grant_within_envelope,
    need_not_exceeded,
    one_delivery,
    one_option_per_request,
    one_source,
    prerequisite_in_service,
    project_role,
    request_requires,
    site_ready,
    works_before_purchase,
)


def local_rules(
    facts: Facts, decision: Decision, funds: Eligibility, report: Report
) -> dict[str, int]:
    """Every rule that speaks of one school at a time: name → violated rows."""
    project_role(facts, decision, funds, report)
    fund_eligible(facts, decision, funds, report)
    found = {
        rule.__name__: rule(facts, decision, report)
        for rule in (
            need_not_exceeded,
            site_ready,
            prerequisite_in_service,
            works_before_purchase,
            one_delivery,
            one_option_per_request,
            request_requires,
            grant_within_envelope,
            committed,
            banned,
        )
    }
    if facts.scenario.settings.one_source:
        found["one_source"] = one_source(facts, decision, report)
    return found


def present(facts: Facts, funds: Eligibility) -> set[str]:
    """The local families of rules that a scenario has, by what it declares."""
    scenario, items = facts.scenario, facts.items.values()
    requests = scenario.table("requests")
    charged = scenario.settings.upkeep == "required" and any(
        funds.payer(school, item) is not None for item in items for school in facts.schools.values()
    )
    has = {
        "need_not_exceeded": bool(items),
        "site_ready": any(i.on_site for i in items),
        "prerequisite_in_service": any(i.requires for i in items),
        "works_before_purchase": any(i.setup for i in items),
        "one_delivery": any(i.once for i in items),
        "upkeep_funded": charged,
        "one_option_per_request": len(requests) > 0,
        "request_requires": any(requests["requires"].tolist()),
        "grant_within_envelope": bool(scenario.table("request_costs")["most"].notna().any()),
        "committed": len(scenario.table("commitments")) > 0,
        "banned": len(scenario.table("bans")) > 0,
        "one_source": scenario.settings.one_source,
    }
    return {family for family, there in has.items() if there}
