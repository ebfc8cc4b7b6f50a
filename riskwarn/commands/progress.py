"""How long work shows itself: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

Tell = Callable[[str, int, int], None]


@contextmanager
def shown(quiet: bool = False) -> Iterator[Tell]:
    """Give the function that stages call: title, how many are done, of how many."""
    if quiet:
        yield lambda _title, _done, _of: None
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield lambda title, done, of: typer.echo(f"[{done}/{of}] {title}", err=True)


@contextmanager
def _bar() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("准备", total=1)
        yield lambda title, done, of: progress.update(
            task, description=title, completed=done, total=of
        )
