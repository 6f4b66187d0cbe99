"""Write README.md from nbs/index.ipynb: `python tools/readme.py`"""
import re
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parents[1]


def from_root(match):
    "A Markdown link of the notebook as it must read two folders up, where README.md stands"
    target = match[2]
    if re.match(r'[a-z]+:|#|/', target): return match[0]
    return f'{match[1]}({target.removeprefix("../") if target.startswith("../") else "nbs/" + target})'


def visible(cell):
    "Whether the README shows `cell`; a `#| hide` keeps it out"
    return not re.match(r'#\|\s*(hide|default_exp)\b', cell.source)


def render(notebook):
    "The Markdown of the notebook at the path `notebook`"
    nb = nbformat.read(notebook, 4)
    nb.cells = [c for c in nb.cells if visible(c)]
    exporter = MarkdownExporter()
    exporter.display_data_priority = ['text/markdown', 'text/plain']
    text, _ = exporter.from_notebook_node(nb)
    text = re.sub(r'(!?\[[^\]]*\])\(([^)\s]+)\)', from_root, text)
    return '<!-- Written from nbs/index.ipynb by `make readme`. -->\n\n' + re.sub(r'\n{3,}', '\n\n', text).strip() + '\n'


if __name__ == '__main__': (ROOT/'README.md').write_text(render(ROOT/'nbs'/'index.ipynb'), encoding='utf-8')
