"Every notebook runs from top to bottom, and the documentation is built from the notebooks that ran"
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import build_docs
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = [p.relative_to(ROOT/'nbs').as_posix() for p in sorted((ROOT/'nbs').rglob('*.ipynb')) if '.ipynb_checkpoints' not in p.parts]
LOADS = {'script': 'src', 'img': 'src', 'iframe': 'src', 'source': 'src', 'embed': 'src', 'object': 'data', 'audio': 'src', 'video': 'src'}


@pytest.fixture(scope='module')
def executed(tmp_path_factory):
    "A copy of the project whose notebooks have run, and what nbdev said"
    project = build_docs.copy_project(tmp_path_factory.mktemp('executed'))
    return project, build_docs.run_notebooks(project)


def failures(said):
    "The traceback of each notebook that nbdev reports in `said`, by path"
    parts = re.split(r'(?m)^(\w+ in \S*?nbs[/\\]\S+\.ipynb):\n=+\n', said)
    return {Path(head.split(' in ', 1)[1]).as_posix().split('/nbs/')[-1]: f'{head}\n{body}' for head, body in zip(parts[1::2], parts[2::2])}


@pytest.mark.parametrize('notebook', NOTEBOOKS)
def test_notebook_runs(executed, notebook):
    failed = failures(executed[1].stdout)
    if notebook in failed: pytest.fail(failed[notebook], pytrace=False)


def test_all_notebooks_ran(executed): assert executed[1].returncode == 0, executed[1].stdout


class Page(HTMLParser):
    "What a page loads, where its links lead, and its ids"
    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs[k] for k in ('id', 'name') if attrs.get(k)}
        if attrs.get(LOADS.get(tag)): self.loads.append(attrs[LOADS[tag]])
        if tag == 'link' and attrs.get('rel') not in ('index', 'search', 'next', 'prev', 'canonical'): self.loads.append(attrs['href'])
        if tag == 'a' and 'href' in attrs: self.links.append(attrs['href'])


@pytest.fixture(scope='module')
def site(executed, tmp_path_factory):
    "The pages of the built documentation, by path"
    if executed[1].returncode: pytest.fail('a notebook does not run', pytrace=False)
    out = tmp_path_factory.mktemp('docs')
    build_docs.build(executed[0], out)
    return {p.relative_to(out).as_posix(): Page(p.read_text('utf-8')) for p in out.rglob('*.html')}, out


def test_docs_have_a_page_for_every_notebook(site):
    assert {n.replace('.ipynb', '.html') for n in NOTEBOOKS} <= set(site[0])


def test_docs_list_every_public_name(site):
    import paperlit
    led = {link.split('#')[1].removesuffix('-class') for link in site[0]['names.html'].links if '.html#' in link}
    assert {f'{module}-{name}'.lower().replace('_', '-') for module, names in paperlit._API.items() for name in names.split()} <= led


def test_signatures_are_as_one_writes_them():
    assert build_docs.signature('def Tea(\n    *args, **kwargs\n):\n\n*A drink*') == 'class Tea\n\n*A drink*'
    assert build_docs.signature('def brew(\n    tea:NoneType=None, stir:<built-in function callable>=None\n)->__main__.Tea:') == 'def brew(\n    tea=None, stir:callable=None\n)->Tea:'


def test_docs_load_nothing_from_outside(site):
    pages, out = site
    outside = {(name, url) for name, page in pages.items() for url in page.loads if urlsplit(url).scheme not in ('', 'data') or url.startswith('//')}
    css = ''.join(p.read_text('utf-8') for p in out.rglob('*.css'))
    assert not outside and not re.findall(r'(?:@import\s*["\']|url\(["\']?)(?:https?:)?//', css)


def test_docs_links_resolve(site):
    pages, out = site
    dead = []
    for name, page in pages.items():
        for link in filter(lambda x: not urlsplit(x).scheme, page.links):
            path, _, anchor = link.partition('#')
            target = (out/name).parent/unquote(path) if path else out/name
            found = pages.get(target.resolve().relative_to(out.resolve()).as_posix())
            if not target.exists() or (anchor and found and unquote(anchor) not in found.ids): dead.append((name, link))
    assert not dead


SEEN = ['index.html', 'example.html', 'tutorials/01_folder_to_review.html', 'howto/screening.html', '50_figures.html']


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('name', SEEN)
def test_docs_have_no_barriers(site, barriers, name, scheme): assert barriers(site[1]/name, scheme) == []


@pytest.mark.parametrize('name', SEEN)
def test_docs_open_without_a_word_or_a_request(site, browser, name):
    said, asked, page = [], [], browser.new_page()
    page.on('console', lambda m: said.append(m.text))
    page.on('pageerror', lambda e: said.append(str(e)))
    page.on('request', lambda r: r.url.startswith(('file:', 'data:', 'blob:')) or asked.append(r.url))
    page.on('requestfailed', lambda r: said.append(r.url))
    page.goto((site[1]/name).as_uri(), wait_until='load')
    page.close()
    assert (said, asked) == ([], [])


def test_docs_search_finds(site, browser):
    page = browser.new_page()
    page.goto((site[1]/'search.html').as_uri() + '?q=unmerge')
    page.locator('#search-results li a', has_text='Merge duplicates by hand').wait_for(timeout=20_000)
    page.close()


def test_docs_are_dark_on_a_dark_screen(site, browser):
    page = browser.new_page(color_scheme='dark')
    page.goto((site[1]/'index.html').as_uri())
    assert max(map(int, re.findall(r'\d+', page.evaluate('() => getComputedStyle(document.body).backgroundColor'))[:3])) < 60
    page.close()


def test_docs_hold_a_review_to_click_through(site, browser):
    pages, out = site
    assert {'example/review.html', 'example/map.html'} <= {link for link in pages['example.html'].links}
    page = browser.new_page()
    page.goto((out/'example.html').as_uri())
    page.locator('a', has_text='The review').first.click()
    assert page.locator('a.cite').count() > 20
    page.close()
