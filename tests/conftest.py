"What the tests share: the project's root, its notebooks, a browser, and a word at the end about what to look at"
import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT/'tools'))
QUIET = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']


@pytest.fixture(scope='session')
def root(): return ROOT


@pytest.fixture(scope='session')
def browser():
    "A headless Chromium from the system; where there is none the test is skipped, but in CI it fails"
    found = next(filter(None, map(shutil.which, ['chromium', 'chromium-browser', 'google-chrome'])), None)
    if not found: (pytest.fail if os.environ.get('CI') else pytest.skip)('no chromium, chromium-browser or google-chrome on PATH')
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def barriers(browser):
    "What axe-core finds serious or critical on the page `path` in a `scheme` of colours: a list of (rule, the first elements)"
    import axe_playwright_python
    axe = (Path(axe_playwright_python.__file__).parent/'axe.min.js').read_text('utf-8')
    def find(path, scheme, before=None):
        page = browser.new_page(bypass_csp=True, color_scheme=scheme, viewport={'width': 1300, 'height': 900})
        page.goto(path.as_uri())
        if before: before(page)
        page.evaluate(axe)
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")['violations']
        page.close()
        return [(v['id'], v['impact'], len(v['nodes']), [(n['html'][:150], n['any'][0]['message'][:200] if n['any'] else '') for n in v['nodes'][:3]]) for v in found if v['impact'] in ('serious', 'critical')]
    return find


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line('To look for yourself: `make demo` writes a review and says where; `make docs` builds the documentation in _docs/.')
