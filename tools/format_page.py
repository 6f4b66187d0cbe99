"""Measure `paperlit.load` on the project's own fixtures and write the page of formats: `python tools/format_page.py FILE`

Each file of tests/fixtures/formats holds one or two invented papers, written by hand in one dialect; expected.json says what stands in them.
"""
import json
import sys
from pathlib import Path

from paperlit import known_formats, load, sniff

FIXTURES = Path(__file__).resolve().parents[1]/'tests'/'fixtures'/'formats'
FIELDS = ('title', 'authors', 'year', 'venue', 'doi', 'abstract', 'keywords')
EXPECTED = json.loads((FIXTURES/'expected.json').read_text('utf-8'))


def fixtures(): return sorted(p for p in FIXTURES.iterdir() if p.name != 'expected.json')


def initials(name):
    "`Roe, Jane Ann` as `Roe, J. A.`"
    family, given = name.split(', ')
    return f'{family}, ' + ' '.join(f'{g[0]}.' for g in given.split())


def wanted(path):
    "What `load` should give for each record of a fixture; a field that the file does not state is missing"
    records = [EXPECTED['trees']] if path.name in EXPECTED['one'] else [EXPECTED['trees'], EXPECTED['birds']]
    records = [{k: v for k, v in r.items() if k not in EXPECTED['unstated'].get(path.name, ())} for r in records]
    return [r | dict(authors=[initials(a) for a in r['authors']]) if path.name in EXPECTED['initials'] else r for r in records]


def measure(path):
    "Field → share of the records of a fixture that have it right; the fields that it does not state are missing"
    papers, records = load(path, progress=False), wanted(path)
    right = {f: [] for f in FIELDS}
    for (_, paper), record in zip(papers.iterrows(), records):
        for f in FIELDS:
            if f in record: right[f].append((list(paper[f]) if isinstance(record[f], list) else paper[f]) == record[f])
    return {f: sum(r) / max(len(records), len(papers)) for f, r in right.items() if r}


def page():
    "The page of formats as Markdown"
    mark = lambda share: '–' if share is None else f'{100 * share:.0f}\u00a0%'
    rows = [(path.name, sniff(path), measure(path)) for path in fixtures()]
    lines = ['# Formats', '', '`load` tells a format by its content. These are the ones it knows:', '', '| name | format | usual endings | `save` writes it |', '|---|---|---|---|']
    lines += [f'| `{f.name}` | {f.title} | {f.suffixes} | {"yes" if f.writes else ""} |' for f in known_formats().itertuples()]
    lines += ['', '## Measured', '', 'Share of records with the field right, on files that were written by hand for this table (`tests/fixtures/formats`). A dash: the file does not state the field.', '',
              '| file | read as | ' + ' | '.join(FIELDS) + ' |', '|---|---|' + '---|' * len(FIELDS)]
    lines += [f'| `{name}` | {form} | ' + ' | '.join(mark(right.get(f)) for f in FIELDS) + ' |' for name, form, right in rows]
    return '\n'.join([*lines, '', '## One more', '', 'How to add a format is told, with an example that runs, in [Contributing](CONTRIBUTING.md).', ''])


if __name__ == '__main__': Path(sys.argv[1]).write_text(page(), encoding='utf-8')
