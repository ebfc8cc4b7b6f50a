"""Draw docs/images/report.png, the picture in the README: the top of the county's report.

    python cli.py demo demo && python docs/report_picture.py demo/county/out/2025-12-01/report

Needs playwright and a chromium of the system (apt-get install chromium fonts-noto-cjk); nothing is
asked from outside. The picture is 1280 × 900, light, at most 250 kB.
"""

import shutil
import sys
from pathlib import Path

WIDTH, HEIGHT = 1280, 900
LARGEST_BYTES = 250_000
TARGET = Path(__file__).resolve().parent / "images" / "report.png"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


def take_picture(report: Path, target: Path) -> int:
    """Photograph report/index.html; gives the size in bytes.

    Raises: SystemExit when there is no report, no browser, or the picture is too heavy.
    """
    from playwright.sync_api import sync_playwright

    page_file = (report / "index.html").resolve()
    if not page_file.is_file():
        raise SystemExit(f"没有报告：{page_file}；先运行 python cli.py demo demo")
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        raise SystemExit("没有 chromium：apt-get install chromium fonts-noto-cjk")
    target.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=list(QUIET))
        page = browser.new_page(locale="zh-CN", color_scheme="light")
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.as_uri())
        page.screenshot(path=target)
        browser.close()
    size = target.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"图片 {size:,} 字节，超过 {LARGEST_BYTES:,}")
    return size


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    sys.stdout.write(f"{TARGET.name} {take_picture(Path(sys.argv[1]), TARGET):,} 字节\n")
