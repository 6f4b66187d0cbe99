"""The page of benchmarks: docs/benchmarks.md and its figures, out of bench/results.json and nothing else."""
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent/'docs'
NAMES = dict(paperlit_topics='paperlit', nmf='NMF (scikit-learn)', bertopic='plain BERTopic', paperlit_review='a whole review', paperlit_large='one process', paperlit_large_1='Dask, 1 worker', paperlit_large_2='Dask, 2 workers',
    rispy_wok='rispy', bibtexparser='bibtexparser 2')
FORMATS = dict(bibtex='BibTeX', nbib='PubMed NBIB', scopus='Scopus CSV', ris='RIS', wos='Web of Science')
COLOURS = {'paperlit': '#0072B2', 'plain BERTopic': '#D55E00', 'NMF (scikit-learn)': '#666666'}


def name(method): return NAMES.get(method, method)

def table(head, rows):
    "Lines of a Markdown table"
    return '\n'.join('| ' + ' | '.join(map(str, r)) + ' |' for r in [head, ['---']*len(head), *rows])

def done(found, method): return {r['papers']: r for r in found['stages'] if r['method'] == method and 'failed' not in r}

def ratio(peer, own): return f'{peer / own:.2g} ×' if peer / own < 10 else f'{peer / own:.0f} ×'

def topic_ratios(found):
    "How much longer, and how much more memory, a peer takes"
    own, rows = done(found, 'paperlit_topics'), []
    for method in ('bertopic', 'nmf'):
        for n,r in done(found, method).items():
            if n in own: rows.append([f'{n:,}', name(method), ratio(r['wall'], own[n]['wall']), ratio(r['cpu'], own[n]['cpu']), ratio(r['memory'], own[n]['memory'])])
    return rows

def reader_ratios(found):
    "How many times as fast as a peer `load` reads a format"
    rate = {(r['format'], r['reader']): r['rate'] for r in found['readers']}
    return [[FORMATS[f], name(reader), f'{rate[f, "paperlit"] / v:.2f} ×', f'{rate[f, "paperlit"]:,}', f'{v:,}'] for (f, reader),v in rate.items() if reader != 'paperlit' and (f, 'paperlit') in rate]

def stage_rows(found, methods, of):
    return [[f'{r["papers"]:,}', name(r['method']), f'{r["wall"]:.1f}', f'{r["cpu"]:.1f}', f'{r["memory"]:,}', of(r), r['load']] for r in found['stages'] if r['method'] in methods and 'failed' not in r]

def failures(found): return [f'* {name(r["method"])}, {r["papers"]:,} papers: {r["failed"]}' for r in found['stages'] if 'failed' in r]

def worker_gain(found):
    "A sentence on what a second worker gains"
    one, two = done(found, 'paperlit_large_1'), done(found, 'paperlit_large_2')
    return [f'{n:,} papers: with two workers the whole run, fit and start included, is {one[n]["wall"] / two[n]["wall"]:.2f} times as fast as with one.' for n in one.keys() & two.keys()]

def plot(found, value, title, path):
    "Seconds or memory over the number of papers, both on logarithmic axes"
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot as plt
    with plt.rc_context({'svg.fonttype': 'none', 'svg.hashsalt': 'paperlit', 'font.family': 'DejaVu Sans', 'font.size': 9}):
        fig, ax = plt.subplots(figsize=(5.2, 3.2), layout='constrained')
        for method in ('paperlit_topics', 'bertopic', 'nmf'):
            got = sorted(done(found, method).items())
            if not got: continue
            ax.plot([n for n,_ in got], [r[value] for _,r in got], marker='o', color=COLOURS[name(method)])
            ax.annotate(name(method), (got[-1][0], got[-1][1][value]), xytext=(6, 0), textcoords='offset points', va='center', color=COLOURS[name(method)])
        ax.set(xscale='log', yscale='log', xlabel='papers', title=title)
        ax.margins(x=.3)
        ax.spines[['top', 'right']].set_visible(False)
        fig.savefig(path, metadata=dict(Date=None), transparent=False)
        plt.close(fig)

def page(found):
    "The text of the page"
    about, topics = found['about'], ('paperlit_topics', 'bertopic', 'nmf')
    m = about['machine']
    stages = lambda r: ', '.join(f'{k} {v:.1f}' for k,v in r['stages'].items())
    parts = ['# Benchmarks', '*This page is made by `python bench/page.py` out of `bench/results.json`, which `make bench` writes: run it on your machine and your papers.*',
        f'Measured on {about["date"]}, {m["cores"]} cores of {m["processor"]}, {m["system"]}, Python {m["python"]}, ' + ', '.join(f'{p} {v}' for p,v in m['packages'].items()) +
        f'. Papers: {about["corpus"]}. Every figure is of a process of its own from a cold start, import included. `load` is the load of the machine when a run began: where it is above 1, other work was going on, and CPU seconds tell more than seconds.',
        '## Topics, against the peers', 'Above 1, paperlit needs less. Plain BERTopic is given TF-IDF and SVD vectors, which are quicker than the sentence vectors that it would compute by itself; NMF gets no load that cleans texts, counts records and keeps a ledger.',
        table(['papers', 'peer', 'time', 'CPU time', 'memory'], topic_ratios(found)), '![Seconds over papers](_static/bench-seconds.svg)', '![Memory over papers](_static/bench-memory.svg)',
        table(['papers', 'method', 'seconds', 'CPU seconds', 'MB', 'stages', 'load'], stage_rows(found, topics, stages)),
        '## Reading files, against the peers', 'Times as many records a second as the reader that people use now, on one processor. The peers keep the fields as they stand in the file; `load` also repairs texts, parts names, normalises identifiers and writes the ledger. Below 1, the peer is faster.',
        table(['format', 'peer', 'ratio', 'paperlit, records/s', 'peer, records/s'], reader_ratios(found))]
    if rows := stage_rows(found, ['paperlit_review'], lambda r: r['found']):
        parts += ['## A whole review', 'From the command to the folder: every section, figure and format.', table(['papers', '', 'seconds', 'CPU seconds', 'MB', 'MB of review.html', 'load'], rows)]
    if rows := stage_rows(found, ['paperlit_large', 'paperlit_large_1', 'paperlit_large_2'], stages):
        parts += ['## Large corpora', *worker_gain(found), table(['papers', '', 'seconds', 'CPU seconds', 'MB of the largest process', 'stages', 'load'], rows)]
    if lost := failures(found): parts += ['## Not measured', '\n'.join(lost)]
    return '\n\n'.join(parts) + '\n'

def main():
    found = json.loads((HERE/'results.json').read_text('utf-8'))
    plot(found, 'wall', 'Seconds, cold start to topics', DOCS/'_static'/'bench-seconds.svg')
    plot(found, 'memory', 'Peak memory in MB', DOCS/'_static'/'bench-memory.svg')
    (DOCS/'benchmarks.md').write_text(page(found), 'utf-8')

if __name__ == '__main__': main()
