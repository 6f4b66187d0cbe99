"""Build the documentation site: run the notebooks on a copy, document what they export, render the pages with Sphinx.

python tools/build_docs.py OUT
"""
import ast
import inspect
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import format_page
import nbformat
from nbdev.clean import clean_nb

import paperlit

ROOT = Path(__file__).resolve().parents[1]
PARTS = ['nbs', 'paperlit', 'docs', 'pyproject.toml', 'settings.ini', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE']
TOCTREE = '```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```'


def copy_project(to):
    "Copy what the notebooks and the documentation need into the folder `to`"
    ignore = shutil.ignore_patterns('__pycache__', '.ipynb_checkpoints', '_docs', '_proc')
    for part in PARTS:
        if (ROOT/part).is_dir(): shutil.copytree(ROOT/part, to/part, ignore=ignore)
        else: shutil.copy(ROOT/part, to/part)
    return to


def python(arguments, cwd):
    "Run Python with `arguments` in the folder `cwd`, whose modules come first; gives the finished process, what it printed in `stdout`"
    return subprocess.run([sys.executable, *arguments], cwd=cwd, env=os.environ | {'PYTHONPATH': str(cwd)}, text=True, encoding='utf-8',
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def checked(process):
    "The finished `process`, or an error with what it said"
    if process.returncode: raise RuntimeError(process.stdout)
    return process


def run_notebooks(project):
    "Run every notebook of `project` in place and keep the outputs"
    return python(['-c', 'from nbdev.test import nbdev_test; nbdev_test(save=True, n_workers=2)'], project)


def is_public_constant(node): return isinstance(node, ast.Assign) and not getattr(node.targets[0], 'id', '_').startswith('_')


def directed(source):
    "A code cell's `source` with what nbdev should know: exported constants are shown, and lessons do not run again for the definitions' sake"
    exported = re.match(r'#\|\s*(export\w*|exec_doc)\b', source)
    if not exported: return '#| eval: false\n' + source
    return source.replace('#| export', '#| exports', 1) if all(map(is_public_constant, ast.parse(source).body)) else source


def direct(project):
    "Prepare the notebooks of `project`, which have run, for nbdev's processing"
    for path in (project/'nbs').rglob('*.ipynb'):
        nb = nbformat.read(path, 4)
        for cell in nb.cells:
            if cell.cell_type == 'code': cell.source = directed(cell.source)
        nbformat.write(nb, path)


def signature(text):
    "nbdev's signature in `text` as a reader would write it: a class is one, and types have the names that code uses"
    text = re.sub(r'(?m)^def ([A-Z]\w*)\(\s*\*args, \*\*kwargs\s*\):$', r'class \1', text)
    text = re.sub(r'(?m)^def (?=[A-Z]\w*\()', 'class ', text)
    return text.replace('<built-in function callable>', 'callable').replace('__main__.', '').replace(':NoneType=None', '=None')


def definition(cell, module):
    "The Markdown for a `show_doc` cell, with a target that other pages can link to; Sphinx ignores case there, so a class says that it is one"
    name = re.search(r'show_doc\(([\w.]+)', cell.source)[1]
    kind = '-class' if name.split('.')[0][0].isupper() else ''
    return f'({module}.{name}{kind})=\n' + signature(cell.outputs[0].data['text/markdown'].removeprefix('---\n\n'))


def is_definition(cell): return cell.cell_type == 'code' and 'show_doc(' in cell.source


def in_order(cells, source):
    "The `cells`, neighbouring definitions in the order of the notebook `source`: nbdev turns those of one cell round"
    defined = re.findall(r'"(?:def|class) (\w+)', source.read_text('utf-8'))
    place = {name: n for n, name in enumerate(defined)}
    def order(cell): return place.get(re.search(r'show_doc\((\w+)', cell.source)[1], len(place))
    return [c for is_run, run in groupby(cells, is_definition) for c in (sorted(run, key=order) if is_run else run)]


def page(path, source):
    "The processed notebook at `path`, written as `source`, as Sphinx should read it"
    nb, module, cells = nbformat.read(path, 4), path.stem.split('_', 1)[-1], []
    for cell in in_order(nb.cells, source):
        if is_definition(cell):
            if cell.outputs: cells.append(nbformat.v4.new_markdown_cell(definition(cell, module)))
        elif cell.cell_type != 'raw':
            if cell.cell_type == 'code': cell.outputs = [o for o in cell.outputs if o.get('name') != 'stderr']
            cell.source = re.sub(r'(?m)^#\|.*\n?', '', cell.source)
            cells.append(cell)
    nb.cells = cells
    clean_nb(nb)
    return nb


def targets(pages):
    "Where each documented name is defined: a dict from name to link target"
    found = [m for nb in pages for c in nb.cells if c.cell_type == 'markdown' for m in re.findall(r'\A\((\w+\.([\w.]+?)(?:-class)?)\)=', c.source)]
    return {name: target for target, name in found}


def names_page(homes):
    "Every public name with what it does, each leading to its place in the reference; KeyError where one has none"
    def row(name): return f'| [`{name}`](#{homes[name]}) | {inspect.getdoc(attrgetter(name)(paperlit)).splitlines()[0]} | `{homes[name].split(".")[0]}` |'
    public = [name for names in paperlit._API.values() for name in names.split()]
    rows = [row(n) for name in public for n in [name, *sorted(h for h in homes if h.startswith(f'{name}.'))]]
    return '\n'.join(['# Every public name', '', '`from paperlit import` brings each of these. A name leads to its place in the reference: arguments with types and units, what it gives and raises, the paper that a method comes from, and an example that ran.',
                      '', '| name | what it does | module |', '|---|---|---|', *rows, ''])


def linked(text, homes):
    "`text` with a link on each name in backticks that cannot be a common word: one that is called, or has an underscore"
    def link(m): return f'[{m[0]}](#{homes[m[1]]})' if m[1] in homes and (m[2] or '_' in m[1]) else m[0]
    return re.sub(r'(?<![\[`])`([\w.]+)(\([^`]*\))?`(?!`)', link, text)


def moved(text, name):
    "`text` of the notebook `name` with its links out of nbs/ leading to where the site has those pages: at its top"
    def link(m):
        target = posixpath.normpath(name.parent.as_posix() + '/' + m[1])
        if not target.startswith('../'): return m[0]
        return f']({posixpath.relpath(target.removeprefix("../").removeprefix("docs/"), name.parent.as_posix())})'
    return re.sub(r'\]\((\.\./[^)\s]+)\)', link, text)


def write_pages(project, site):
    "Process the notebooks of `project`, which have run, into pages in the folder `site`"
    direct(project)
    checked(python(['-c', 'from nbdev.serve import proc_nbs; proc_nbs(n_workers=2)'], project))
    processed = project/'_proc'
    names = [path.relative_to(processed) for path in processed.rglob('*.ipynb')]
    pages = {name: page(processed/name, project/'nbs'/name) for name in names}
    homes = targets(pages.values())
    for name, nb in pages.items():
        for cell in nb.cells:
            if cell.cell_type == 'markdown' and not cell.source.startswith('('): cell.source = moved(linked(cell.source, homes), name)
        nbformat.validate(nb)
        (site/name).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, site/name)
    copy_plain_pages(project, site)
    (site/'names.md').write_text(names_page(homes), encoding='utf-8')
    (site/'formats.md').write_text(format_page.page(), encoding='utf-8')


def copy_plain_pages(project, site):
    "Copy the pages that are no notebooks, and the pictures"
    for path in [*(project/'docs').iterdir(), *(project/name for name in ('CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE'))]:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, site/path.name)
    shutil.copytree(project/'nbs'/'images', site/'images')


def add_contents(site):
    "Give the start page the tables of contents that the sidebar shows"
    names = sorted(p.relative_to(site).with_suffix('').as_posix() for p in [*site.rglob('*.ipynb'), *site.glob('*.md')])
    by_number = sorted((n for n in names if re.match(r'(\w+/)?\d\d_', n) and not n.startswith('tutorials/')), key=lambda n: n.split('/')[-1])
    walks, tasks = ([n for n in names if n.startswith(f'{folder}/')] for folder in ('tutorials', 'howto'))
    public = [n for n in by_number if n.split('_', 1)[1] in {*paperlit._API, 'views', 'scale', 'writers', 'cli'}]
    tables = ['names', 'formats']
    rest = [n for n in names if n not in {'index', 'example', *tables, *by_number, *walks, *tasks}]
    start = nbformat.read(site/'index.ipynb', 4)
    for caption, pages in [('Start', ['example']), ('Walkthroughs', walks), ('How to', tasks), ('Reference', tables + public), ('Project', rest), ('Inside', [n for n in by_number if n not in public])]:
        start.cells.append(nbformat.v4.new_markdown_cell(TOCTREE.format(caption, '\n'.join(pages))))
    nbformat.write(start, site/'index.ipynb')


def render(site, out):
    "Render the pages in `site` to HTML in `out`, warnings as errors"
    checked(python(['-m', 'sphinx', '-W', '--keep-going', '-q', '-b', 'html', '-d', site/'.doctrees', site, out], site.parent))


def reachable(html):
    "A page of Sphinx's with what its themes leave out for readers without a mouse or a screen: levels of headings, and blocks that scroll by keyboard"
    html = html.replace('role="heading">', 'role="heading" aria-level="2">').replace('<pre>', '<pre tabindex="0">')
    return re.sub(r'<div class="output text_html">', '<div class="output text_html" tabindex="0">', html)


def write_example(project, out):
    "Write the review of the demo corpus, which the pages link to, into the folder `out`"
    checked(python(['-c', 'import sys; from paperlit.cli import main; sys.exit(main(["demo", "--out", sys.argv[1]]))', out], project))


def build(project, out):
    "Render the site of `project`, whose notebooks have run, to `out`"
    site = project/'site'
    site.mkdir()
    write_pages(project, site)
    add_contents(site)
    render(site, project/'html')
    for path in (project/'html').rglob('*.html'): path.write_text(reachable(path.read_text('utf-8')), encoding='utf-8')
    write_example(project, project/'html'/'example')
    shutil.copytree(project/'html', out, dirs_exist_ok=True)


def main(out):
    "Build the whole site in the folder `out`"
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder))
        checked(run_notebooks(project))
        shutil.rmtree(out, ignore_errors=True)
        build(project, out.resolve())


if __name__ == '__main__': main(Path(sys.argv[1]))
