"""Measure paperlit beside its peers, on this machine, in one run.

    make bench                                      the suite up to 10,000 papers, on papers made up here
    make bench CORPUS=papers.parquet LARGE=1        and up to 300,000, on your own corpus (columns title and abstract)

Every figure is of a process of its own, from a cold start. Figures are added to bench/results.json as they come; `python bench/page.py` makes the page of them."""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import corpus
import load
import peers

HERE = Path(__file__).resolve().parent
SIZES = [100, 1_000, 10_000]
PLAN = dict(paperlit_topics=SIZES, nmf=SIZES, bertopic=SIZES, paperlit_review=SIZES)
LARGE = dict(paperlit_topics=[80_000], bertopic=[80_000], paperlit_large=[30_000, 300_000], paperlit_large_1=[100_000], paperlit_large_2=[100_000])


def machine():
    "What the figures were measured on"
    model = [l.split(':')[1].strip() for l in Path('/proc/cpuinfo').read_text().splitlines() if l.startswith('model name')][:1] if os.path.exists('/proc/cpuinfo') else []
    packages = {p: version(p) for p in ('paperlit', 'bertopic', 'numpy', 'scipy', 'scikit-learn', 'pandas', 'pyarrow')}
    return dict(processor=(model or [platform.processor()])[0], cores=os.cpu_count(), system=f'{platform.system()} {platform.machine()}', python=platform.python_version(), packages=packages)

def load_now(): return round(os.getloadavg()[0], 1) if hasattr(os, 'getloadavg') else None

def fresh(method, path, limit):
    "The figures of one method from a process of its own, or why there are none"
    python = peers.python_of('bertopic') if method == 'bertopic' else sys.executable
    if not python: return dict(failed='not installed')
    before, start = load_now(), time.perf_counter()
    env = os.environ | dict(TQDM_DISABLE='1', PYTHONWARNINGS='ignore')
    try: done = subprocess.run([str(python), str(HERE/'stages.py'), method, str(path)], capture_output=True, text=True, timeout=limit, env=env)
    except subprocess.TimeoutExpired: return dict(failed=f'not done after {limit} s')
    if done.returncode: return dict(failed=(done.stderr.strip().splitlines() or ['no message'])[-1])
    return json.loads(done.stdout.splitlines()[-1]) | dict(wall=round(time.perf_counter() - start, 2), load=before)

def said(row):
    "One line for a figure"
    if 'failed' in row: return f'{row["papers"]:>7,} {row["method"]}: {row["failed"]}'
    stages = ' '.join(f'{k} {v:.2f}' for k,v in row['stages'].items())
    return f'{row["papers"]:>7,} {row["method"]:17s} {row["wall"]:7.2f} s  {row["cpu"]:7.2f} CPU s  {row["memory"]:6,} MB   {stages}'

def measured(plan, source, limit):
    "A row for each method and size; methods take turns at each size, so that a busy minute falls on all of them"
    with tempfile.TemporaryDirectory() as folder:
        for n in sorted({n for sizes in plan.values() for n in sizes}):
            path = corpus.write(Path(folder)/f'{n}.parquet', n, source)
            for method in [m for m,sizes in plan.items() if n in sizes]:
                row = dict(method=method, papers=n) | fresh(method, path, limit)
                print(said(row), flush=True)
                yield row

def readers(records):
    "Records a second of each reader and format"
    pythons = dict(litstudy=peers.python_of('litstudy'), **dict.fromkeys(['bibtexparser', 'pybtex', 'nbib', 'rispy'], peers.python_of('parsers')))
    papers = [load.paper(n) for n in range(records)]
    with tempfile.TemporaryDirectory() as folder:
        for name,(write, file, others) in load.FILES.items():
            path = Path(folder)/file
            path.write_text(write(papers), 'utf-8')
            for reader in ['paperlit', *others]:
                python = sys.executable if reader == 'paperlit' else pythons[reader.split('_')[0]]
                if found := python and load.measure(reader, path, str(python)):
                    row = dict(format=name, reader=reader, records=found['n'], rate=round(found['n'] / found['seconds']))
                    print(f'{name:8s} {reader:13s} {row["rate"]:>8,} records/s', flush=True)
                    yield row

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--corpus', type=Path, help='Parquet file with the columns title and abstract (default: papers made up here)')
    parser.add_argument('--large', action='store_true', help='up to 300,000 papers as well, half an hour or more')
    parser.add_argument('--records', type=int, default=5_000, help='how many records a file for the readers holds')
    parser.add_argument('--limit', type=float, default=1800, help='seconds for one process')
    parser.add_argument('--only', help='one method')
    parser.add_argument('--out', type=Path, default=HERE/'results.json')
    args = parser.parse_args()
    plan = {m: sizes + LARGE.get(m, [])*args.large for m,sizes in (PLAN | {m: [] for m in LARGE if args.large and m not in PLAN}).items() if args.only in (None, m)}
    about = dict(date=date.today().isoformat(), machine=machine(), corpus='made up, see bench/corpus.py' if not args.corpus else f'{args.corpus.name}, titles and abstracts')
    found = dict(about=about, stages=[], readers=[])
    kept = lambda: args.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + '\n', 'utf-8')
    for name,rows in dict(readers=readers(args.records) if not args.only else (), stages=measured(plan, args.corpus, args.limit)).items():
        for row in rows: found[name].append(row); kept()
    print(f'Written to {args.out}; `python bench/page.py` makes docs/benchmarks.md of it')

if __name__ == '__main__': main()
