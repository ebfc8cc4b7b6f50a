"""All outputs of one night into one folder; the caller publishes the folder at once."""

from pathlib import Path

from riskwarn.outputs.export import lead_line
from riskwarn.outputs.lead_page import by_enterprise, lead_page
from riskwarn.outputs.overview import front_page
from riskwarn.outputs.report import limits, method_page, model_words, quality_page
from riskwarn.outputs.tasks import task_files, write_tasks_book
from riskwarn.outputs.workbook import write_leads_book
from riskwarn.records.report import ReportBundle


def write_outputs(bundle: ReportBundle, folder: Path) -> list[str]:
    """Write leads.jsonl, leads.xlsx, tasks-*.xlsx and report/ into an empty folder.

    Gives:  the paths written, relative to the folder, sorted. The same bundle gives the same
            bytes. Nothing is written outside the folder and nothing is read but templates.
    """
    (folder / "report" / "lead").mkdir(parents=True, exist_ok=True)
    written = [_write(folder, "leads.jsonl", "".join(f"{lead_line(x)}\n" for x in bundle.leads))]
    write_leads_book(bundle, folder / "leads.xlsx", _about(bundle))
    written.append("leads.xlsx")
    for name, leads in task_files(bundle):
        write_tasks_book(bundle, leads, folder / name)
        written.append(name)
    pages = {"index": front_page, "quality": quality_page, "method": method_page}
    written += [_write(folder, f"report/{name}.html", page(bundle)) for name, page in pages.items()]
    families = by_enterprise(bundle)
    for place, lead in enumerate(bundle.leads[: bundle.pages]):
        name = f"report/lead/{lead.lead_id}.html"
        written.append(_write(folder, name, lead_page(bundle, place, families[lead.uscc])))
    return sorted(written)


def _write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return name


def _about(bundle: ReportBundle) -> list[tuple[str, str]]:
    counted = bundle.counts.conservation
    model = model_words(bundle.model)
    flow = f"命中 {counted.hits} = 在列 {counted.opened} + 合并 {counted.merged}"
    lines = [
        ("数据截至", bundle.as_of.isoformat()),
        ("运行编号", bundle.run_id),
        ("评分方式", f"{model['word']}。{model['text']}"),
        ("命中去向", f"{flow} + 静默 {counted.cooled_down} + 容量之外 {counted.cut}"),
    ]
    if bundle.generated_data:
        lines.append(("演示数据", "企业、人员和事件由生成器造出，不是真实主体。"))
    return [*lines, *(("已知局限", text) for text in limits(bundle))]
