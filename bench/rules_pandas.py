"""The rules of bench.rules in plain pandas. Runs alone: pandas and pyarrow.

python bench/rules_pandas.py FOLDER
"""

import sys
from pathlib import Path

import pandas as pd

DAY = pd.Timestamp("2026-06-30")
SAFETY_ITEM = "99009903900095"
SEVERE = ["suspension", "licence_revoked", "closure"]


def read(folder: Path, table: str, on: str) -> tuple[pd.DataFrame, "pd.Series[int]"]:
    """Read what was known, with the age of each row in days."""
    rows = pd.read_parquet(folder / f"{table}.parquet")
    rows = rows[pd.to_datetime(rows["known_on"]) <= DAY]
    return rows, (DAY - pd.to_datetime(rows[on])).dt.days


def main() -> None:
    """Count, judge, write."""
    folder = Path(sys.argv[1])
    counts = {}
    c, age = read(folder, "complaint", "received_on")
    has = c["category"].str.contains
    report = c["kind"] == "report"
    wanted = {
        "price90": (age < 90) & (c["domain"] == "price"),
        "ccc": (age < 365) & has("3C|强制性认证|认证标志"),
        "bribe": (age < 365) & report & has("商业贿赂|回扣"),
        "failed": (age < 180) & (c["kind"] == "complaint") & (c["result"] == "failed"),
        "privacy": (age < 365) & has("个人信息|隐私|骚扰"),
        "consumer90": (age < 90) & (c["domain"] == "consumer"),
        "expired": (age < 90) & (c["domain"] == "food") & has("过期|变质|腐败|霉变"),
        "pyramid": (age < 180) & report & (c["domain"] == "pyramid"),
    }
    counts |= {name: c.loc[mask, "ent"].value_counts() for name, mask in wanted.items()}
    del c, age, wanted
    p, age = read(folder, "penalty", "decided_on")
    year = age < 365
    wanted = {
        "price_p": year & (p["domain"] == "price"),
        "consumer_p": year & (p["domain"] == "consumer"),
        "food_p": year & (p["domain"] == "food") & ~p["kind"].isin(SEVERE),
        "safety_p": year & (p["domain"] == "safety") & (p["kind"] == "fine"),
    }
    counts |= {name: p.loc[mask, "ent"].value_counts() for name, mask in wanted.items()}
    del p, age, wanted
    i, age = read(folder, "inspection", "inspected_on")
    obstructed = ("|" + i["results"] + "|").str.contains("|obstructed|", regex=False)
    wanted = {
        "obstructed": (age < 365) & obstructed,
        "safety_i": (age < 90) & (i["item_code"] == SAFETY_ITEM) & i["problem"],
    }
    counts |= {name: i.loc[mask, "ent"].value_counts() for name, mask in wanted.items()}
    register = pd.read_parquet(folder / "enterprise.parquet", columns=["ent", "status"])
    n = {
        name: count.reindex(register["ent"], fill_value=0).to_numpy()
        for name, count in counts.items()
    }
    hits = {
        "cert.ccc.complaints": n["ccc"] >= 2,
        "competition.bribery": n["bribe"] >= 1,
        "consumer.mediation_refused": n["failed"] >= 5,
        "consumer.privacy": n["privacy"] >= 2,
        "consumer.relapse_after_penalty": (n["consumer_p"] >= 1) & (n["consumer90"] >= 1),
        "credit.inspection.obstructed": n["obstructed"] >= 1,
        "food.expired.complaints": n["expired"] >= 3,
        "food.penalty.third_in_year": n["food_p"] >= 3,
        "price.complaint_surge": n["price90"] >= 5,
        "price.relapse_after_penalty": (n["price_p"] >= 1) & (n["price90"] >= 1),
        "pyramid.reports": n["pyramid"] >= 2,
        "safety.penalty.continuing": (n["safety_p"] >= 1) & (n["safety_i"] >= 1),
    }
    active = (register["status"] == "active").astype("boolean").mask(register["status"].isna())
    said = {name: active & pd.Series(hit, dtype="boolean") for name, hit in hits.items()}
    pd.DataFrame({"ent": register["ent"], **said}).to_parquet(folder / "out_pandas.parquet")


if __name__ == "__main__":
    main()
