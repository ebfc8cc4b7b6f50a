"""riskwarn county: make a county of made-up enterprises."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from riskwarn.errors import Problem, UsageError


def county(
    out: Annotated[Path, typer.Option("--out", help="写入的文件夹（成为一个工作区）")],
    enterprises: Annotated[
        int, typer.Option("--enterprises", help="企业数，40 到 14000000")
    ] = 5000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="随机种子；同种子同字节")] = 1,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="数据截至日")
    ] = None,
    dirty: Annotated[bool, typer.Option("--dirty", help="掺入脏行（比例见设置）")] = False,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="不采集的表，可重复")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="county.yaml；默认用自带的")
    ] = None,
    day2: Annotated[
        bool, typer.Option("--day2", help="另写次日增量 OUT/day2（1% 增改删）")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")] = False,
) -> None:
    """生成虚构县的数据：交付文件写入 OUT/inbox，真相另存 OUT/truth（绝不导入）。

    例：riskwarn county --enterprises 5000 --out demo-county --dirty
    """
    import json
    import resource

    from riskwarn.county.delta import make_next_day
    from riskwarn.county.generate import make_county
    from riskwarn.county.settings import load_settings

    if (out / "inbox").is_dir() and any((out / "inbox").iterdir()):
        message = f"{out / 'inbox'} 里已有文件"
        raise UsageError(Problem("G002", message, None, "空文件夹，或先移走其中的文件"))
    chosen = load_settings(settings)
    if without:
        chosen = chosen.leaving_out(without)
    made = make_county(
        out,
        enterprises,
        seed,
        settings=chosen,
        as_of=as_of.date() if as_of else None,
        dirty=dirty,
        told=lambda done, of: typer.echo(f"已写 {done}/{of} 块", err=True) if of > 1 else None,
    )
    later = make_next_day(out) if day2 else {}
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s, peak_mib = used.ru_utime + used.ru_stime, used.ru_maxrss // 1024
    if json_:
        report = {"rows": made.rows, "files": made.files | later}
        report |= {"cpu_s": cpu_s, "peak_mib": peak_mib}
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    typer.echo(f"{enterprises} 户，{sum(made.rows.values())} 行，{len(made.files)} 个文件：{out}")
    typer.echo(f"CPU {cpu_s:.1f} 秒，内存峰值 {peak_mib} MiB")
