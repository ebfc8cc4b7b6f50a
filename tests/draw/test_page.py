"""The page as a citizen sees it: Chromium opens it, takes the bundle's files, says yes or no."""

import shutil

import pytest

from riskwarn.draw.publish import write_folder, write_zip
from riskwarn.draw.verify import verify
from tests.draw.builders import a_bundle

NAMES = ["freeze.json", "pool.txt", "officers.txt", "recusals.txt", "seed.json"]
NAMES += ["drawn.txt", "crews.txt", "potentials.txt", "result.json", "events.json"]


@pytest.mark.browser
def test_the_page_accepts_an_honest_bundle_and_refuses_a_changed_one_without_a_request(tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("Chromium is not installed: the page was not opened")
    folder = tmp_path / "bundle"
    files = a_bundle(tmp_path, 60)
    write_folder(files, folder)
    write_zip(files, tmp_path / "P2026-1.zip")
    root = verify(folder)["root"]
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto((folder / "verify.html").as_uri())
        page.set_input_files("#files", [str(folder / name) for name in NAMES])
        page.wait_for_selector("#answer.ok", timeout=20_000)
        assert "验证通过" in page.inner_text("#answer")
        assert "还没有与公告核对" in page.inner_text("#answer")
        page.set_input_files("#files", str(tmp_path / "P2026-1.zip"))  # the archive as published
        page.wait_for_selector("#answer.ok.half", timeout=20_000)
        page.fill("#root", root)
        page.dispatch_event("#root", "change")
        page.wait_for_selector("#answer.ok:not(.half)", timeout=20_000)
        assert page.locator("#steps li.ok").count() == 12
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390  # nothing sticks out on a phone
        page.fill("#root", "00" * 32)
        page.dispatch_event("#root", "change")
        page.wait_for_selector("#answer.bad", timeout=20_000)
        page.fill("#root", "")
        text = (folder / "drawn.txt").read_text().replace("\tD\t1\t", "\tD\t2\t", 1)
        (folder / "drawn.txt").write_text(text)
        page.set_input_files("#files", [])  # choosing the same files again is no change
        page.set_input_files("#files", [str(folder / name) for name in NAMES])
        page.wait_for_selector("#answer.bad:has-text('抽中对象')", timeout=20_000)
        browser.close()
    assert [url for url in requests if not url.startswith("file:")] == []
