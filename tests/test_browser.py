"The demo review in a real browser, from disk, on a phone and on a wide screen"
import os
import shutil
import subprocess
import sys

import pytest

PHONE, WIDE = 390, 1400
FAULTS = '''() => ({
    wider: document.scrollingElement.scrollWidth - window.innerWidth,
    images: [...document.images].filter(i => !(i.complete && i.naturalWidth)).map(i => i.alt || i.src.slice(0, 80)),
    unnamed: [...document.images].filter(i => !i.alt).map(i => i.src.slice(0, 80)),
    links: [...document.querySelectorAll('a[href^="#"]')].map(a => decodeURIComponent(a.getAttribute('href').slice(1)))
        .filter(id => id && id != 'top' && !document.getElementById(id) && !document.getElementsByName(id).length),
})'''
OPEN = "() => document.querySelectorAll('details').forEach(d => d.open = true)"


def faults(browser, path, width):
    "What is wrong with the HTML file `path` on a screen of `width` pixels: a dict that is empty when all is well"
    page = browser.new_page(viewport={'width': width, 'height': 844})
    said, asked, failed = [], [], []
    page.on('console', lambda m: said.append(m.text))
    page.on('pageerror', lambda e: said.append(str(e)))
    page.on('request', lambda r: r.url.startswith(('file:', 'data:', 'blob:')) or asked.append(r.url))
    page.on('requestfailed', lambda r: failed.append(r.url))
    page.goto(path.as_uri())
    page.evaluate(OPEN)
    page.evaluate('() => document.images.length && Promise.all([...document.images].map(i => { i.loading = "eager"; return i.decode().catch(() => 0) }))')
    found = page.evaluate(FAULTS) | {'console': said, 'outside': asked, 'failed': failed}
    page.close()
    if found['wider'] <= 0: del found['wider']
    return {name: what for name, what in found.items() if what}


def page_of(body): return f'<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><title>t</title><body>{body}'


@pytest.mark.parametrize('fault, body', [
    ('console', '<script>console.warn("hm")</script>'), ('console', '<script>nothing()</script>'), ('outside', '<img alt=x src="http://127.0.0.1:9/x.png">'),
    ('failed', '<script src="gone.js"></script>'), ('wider', '<div style="width:800px">wide</div>'), ('images', '<img alt=x src="data:image/png;base64,AAAA">'),
    ('links', '<a href="#nowhere">x</a>'), ('unnamed', '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">')])
def test_faults_are_seen(browser, tmp_path, fault, body):
    path = tmp_path/'page.html'
    path.write_text(page_of(body))
    assert fault in faults(browser, path, PHONE)


def test_sound_page_has_no_faults(browser, tmp_path):
    path = tmp_path/'page.html'
    path.write_text(page_of('<h1 id="a">A</h1><a href="#a">up</a><details><table><tr><td>1</table></details>'))
    assert faults(browser, path, PHONE) == {}


def paperlit(*arguments, **kwargs):
    "Run the installed command"
    command = shutil.which('paperlit', path=os.path.dirname(sys.executable))
    return subprocess.run([command, *map(str, arguments)], capture_output=True, text=True, encoding='utf-8', **kwargs)


@pytest.fixture(scope='module')
def review(tmp_path_factory):
    "The folder that `paperlit demo` writes"
    out = tmp_path_factory.mktemp('demo')/'review'
    done = paperlit('demo', '--out', out)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize('width', [PHONE, WIDE])
def test_review_in_a_browser(browser, review, width): assert faults(browser, review/'review.html', width) == {}


@pytest.mark.parametrize('width', [PHONE, WIDE])
def test_map_in_a_browser(browser, review, width): assert faults(browser, review/'map.html', width) == {}


def opened(page):
    "All that is folded, unfolded"
    page.evaluate(OPEN)


def test_barriers_are_seen(barriers, tmp_path):
    path = tmp_path/'page.html'
    path.write_text(page_of('<main><h1 style="color:#ccc">Pale</h1><button></button></main>'))
    assert {rule for rule, *_ in barriers(path, 'light')} >= {'html-has-lang', 'button-name', 'color-contrast'}


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_review_has_no_barriers(barriers, review, scheme): assert barriers(review/'review.html', scheme, opened) == []


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_map_has_no_barriers(barriers, review, scheme): assert barriers(review/'map.html', scheme, lambda page: page.locator('#found button').first.click()) == []


def test_map_of_the_review_opens_the_abstract_that_was_searched(browser, review):
    page = browser.new_page(viewport={'width': WIDE, 'height': 900})
    page.goto((review/'map.html').as_uri())
    page.fill('#search', 'low-rank')
    found = page.locator('#found button')
    assert 0 < found.count() < 20
    found.first.click()
    assert 'low-rank' in page.locator('#paper').inner_text().lower()
    page.close()


def test_tables_of_the_review_sort(browser, review):
    page = browser.new_page(viewport={'width': WIDE, 'height': 900})
    page.goto((review/'review.html').as_uri())
    heads = page.locator('th button')
    assert heads.count()
    for n in range(heads.count()):
        head = heads.nth(n)
        column = '(th) => { th = th.closest("th"); return [...th.closest("table").tBodies[0].rows].map(r => r.cells[th.cellIndex].textContent.trim()) }'
        before = head.evaluate(column)
        head.click()
        first = head.evaluate(column)
        head.click()
        second = head.evaluate(column)
        assert sorted(before) == sorted(first) == sorted(second)
        assert len(set(before)) < 2 or first != second
    page.close()


def test_a_sentence_stands_once_below_its_claims_until_the_table_is_sorted(browser, review):
    page = browser.new_page(viewport={'width': WIDE, 'height': 900})
    page.goto((review/'review.html').as_uri())
    repeated, heads = page.locator('.flow td.again'), page.locator('.flow th button')
    assert repeated.count() and not any(repeated.nth(i).is_visible() for i in range(repeated.count()))
    heads.first.click()
    assert all(repeated.nth(i).is_visible() for i in range(repeated.count()))
