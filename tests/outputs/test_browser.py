"""The report as a browser sees it: nothing from outside, nothing sideways, nothing hostile runs."""

import shutil
import subprocess

import pytest

from riskwarn.outputs.write import write_outputs
from tests.sample_night import hostile_bundle, sample_bundle

pytestmark = pytest.mark.browser
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ARGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
PAYLOADS = [
    "<script>document.title='pwned'</script>",
    "</script><img src=x onerror=document.title='pwned'>",
    "\"><svg onload=document.title='pwned'>",
    "' onmouseover='document.title=1' x='",
    "javascript:document.title='pwned'",
    "</style><style>body{display:none}</style>",
    "</title><base href=http://evil.example/>",
    "<iframe src=http://evil.example></iframe>",
    "<link rel=stylesheet href=http://evil.example/a.css>",
    "{{constructor.constructor('document.title=1')()}}",
]


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="没有安装 playwright")
    exe = shutil.which("chromium") or shutil.which("chromium-browser")
    if exe is None:
        pytest.skip("没有 chromium：apt-get install chromium fonts-noto-cjk")
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=exe, headless=True, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_outputs(sample_bundle(), folder)
    return folder / "report"


class Watched:
    """A page that remembers what went wrong on it."""

    def __init__(self, browser, **options):
        self.page = browser.new_context(locale="zh-CN", **options).new_page()
        self.faults = []
        self.page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        self.page.on("dialog", lambda dialog: (self.faults.append("dialog"), dialog.dismiss()))
        self.page.on("request", self._request)
        self.page.on("console", lambda line: self.faults.append(f"console {line.text}"))

    def _request(self, request):
        if not request.url.startswith(("file:", "data:")):
            self.faults.append(f"request {request.url}")


PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
TABLET = {"viewport": {"width": 1024, "height": 768}}


def html_files(folder):
    return sorted(folder.rglob("*.html"))


@pytest.mark.parametrize("size", [PHONE, TABLET, DESKTOP], ids=["phone", "tablet", "desktop"])
def test_every_page_fits_its_screen_and_asks_for_nothing(browser, report, size):
    watched = Watched(browser, **size)
    for path in html_files(report):
        watched.page.goto(path.as_uri())
        width = watched.page.evaluate("document.documentElement.scrollWidth")
        assert width == size["viewport"]["width"], f"{path.name} is {width} wide"
    assert watched.faults == []


def test_fingers_find_every_control_on_a_phone(browser, report):
    page = Watched(browser, **PHONE).page
    page.goto((report / "index.html").as_uri())
    for selector in ("nav.main a", "form.filter input", "form.filter select", "a.name"):
        heights = page.eval_on_selector_all(
            selector, "all => all.map(e => e.getBoundingClientRect().height)"
        )
        assert heights
        assert min(heights) >= 44, selector


def test_the_filter_narrows_the_list_and_the_list_is_whole_without_script(browser, report):
    page = Watched(browser, **DESKTOP).page
    page.goto((report / "index.html").as_uri())
    visible = "document.querySelectorAll('#leads tbody tr:not([hidden])').length"
    assert page.evaluate(visible) == 14
    page.select_option("select[name=severity]", "critical")
    assert page.evaluate(visible) == 3
    page.fill("input[name=q]", "翠苑")
    assert page.evaluate(visible) == 1
    assert page.inner_text("#shown") == "符合 1 / 14 条"
    bare = Watched(browser, java_script_enabled=False, **DESKTOP).page
    bare.goto((report / "index.html").as_uri())
    assert bare.locator("#leads tbody tr").count() == 14
    assert not bare.locator("form.filter").is_visible()


def test_a_long_list_is_folded_and_still_found_by_the_search(browser, tmp_path):
    names = [f"示例企业{n:03d}号" for n in range(90)]
    write_outputs(hostile_bundle(names), tmp_path)
    url = (tmp_path / "report/index.html").as_uri()
    seen = (
        "[...document.querySelectorAll('#leads tbody tr')].filter(r => r.checkVisibility()).length"
    )
    page = Watched(browser, **DESKTOP).page
    page.goto(url)
    assert page.evaluate(seen) == 60
    last = page.locator("#rest tbody tr a.name").last.text_content()
    page.fill("input[name=q]", last)
    assert page.evaluate("document.getElementById('rest').open")
    assert page.evaluate(seen) == 1
    page.fill("input[name=q]", "")
    assert page.evaluate(seen) == 60
    bare = Watched(browser, java_script_enabled=False, **DESKTOP).page
    bare.goto(url)
    bare.click("#rest summary")
    assert bare.evaluate(seen) == 90


def test_paper_shows_what_the_screen_folds_many_rows_a_page(browser, tmp_path):
    write_outputs(hostile_bundle([f"示例企业{n:03d}号" for n in range(70)]), tmp_path)
    page = Watched(browser, **DESKTOP).page
    page.goto((tmp_path / "report/index.html").as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("document.querySelector('#rest table').checkVisibility()")
    pdf = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "12mm"))
    assert pdf.count(b"/Type /Page\n") <= 12  # 70 rows and the rest of the page


def test_no_column_of_the_list_is_squeezed_at_any_width(browser, report):
    page = Watched(browser, **DESKTOP).page
    for width in (720, 768, 900, 1000, 1110, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto((report / "index.html").as_uri())
        cells = "[...document.querySelectorAll('#leads tbody tr')].map(r => r.offsetHeight)"
        assert max(page.evaluate(cells)) < 200, width
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_two_hundred_hostile_names_run_nothing(browser, tmp_path):
    names = [f"{PAYLOADS[n % len(PAYLOADS)]}{n}" for n in range(200)]
    write_outputs(hostile_bundle(names), tmp_path)
    watched = Watched(browser, **DESKTOP)
    pages = [tmp_path / "report/index.html", *html_files(tmp_path / "report/lead")]
    assert len(pages) == 201
    for path in pages:
        watched.page.goto(path.as_uri())
        assert " · " in watched.page.evaluate("document.title")  # as written, not as set
        assert watched.page.evaluate("getComputedStyle(document.body).display") == "block"
    assert watched.faults == []


def test_chinese_is_drawn_with_a_chinese_font(browser, report):
    fonts = shutil.which("fc-list")
    listed = subprocess.run([fonts, ":lang=zh"], capture_output=True, text=True) if fonts else None
    if not listed or not listed.stdout.strip():
        pytest.skip("没有中文字体：apt-get install fonts-noto-cjk")
    page = Watched(browser, **DESKTOP).page
    page.goto((report / "index.html").as_uri())
    # Two different Han characters differ in ink; two boxes for missing glyphs do not.
    ink = """text => {const c = document.createElement('canvas'); c.width = c.height = 40;
      const g = c.getContext('2d'); g.font = '32px ' + getComputedStyle(document.body).fontFamily;
      g.fillText(text, 2, 34);
      return [...g.getImageData(0, 0, 40, 40).data].reduce((a, b) => a + b)}"""
    assert len({page.evaluate(ink, char) for char in "一餐饮鼎"}) == 4


def test_text_stands_out_from_its_ground(browser, report):
    """WCAG AA: at least 4.5 to 1 for tags, soft text and links, in light and dark."""
    script = """() => {const lum = c => {const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => {
        x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4});
        return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]};
      const ground = e => {for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c)) return c}
        return 'rgb(255,255,255)'};
      return [...document.querySelectorAll('.tag, .soft, .lede, a, th, td, dt, dd, footer .wrap')]
        .filter(e => e.offsetParent && e.innerText.trim()).map(e => {
          const a = lum(getComputedStyle(e).color), b = lum(ground(e));
          return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.className, e.innerText]})
        .filter(x => x[0] < 4.5)}"""
    for scheme in ("light", "dark"):
        page = Watched(browser, color_scheme=scheme, **DESKTOP).page
        for name in ("index.html", "quality.html", "method.html"):
            page.goto((report / name).as_uri())
            assert page.evaluate(script) == [], f"{scheme} {name}"
