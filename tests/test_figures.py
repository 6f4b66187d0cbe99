"""Every figure at three sizes, from no paper to 10,000: no text over another, none out of the figure, none smaller than 8 points, and the same bytes twice."""
import io
import itertools
import warnings

import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from paperlit.captions import FIGURES, alt_text, caption
from paperlit.comparisons import plot_results, results_table
from paperlit.core import Rejected, exclude, papers_table
from paperlit.figures import figure_style, plot_topics, plot_years, topic_table, year_table
from paperlit.flow import flow_table, plot_flow
from paperlit.maps import map_table, plot_map
from paperlit.networks import network_table, plot_network
from paperlit.similarities import plot_similarity, similarity_table
from paperlit.trends import plot_timeline, plot_trends, timeline_table, trend_table

PLOTS = dict(flow=plot_flow, years=plot_years, topics=plot_topics, map=plot_map, trends=plot_trends, timeline=plot_timeline, results=plot_results, similarity=plot_similarity, network=plot_network)
WORDS = 'sparse dense graph neural speech vision code tuning ranking quantised distilled federated causal robust multilingual clinical'.split()
NAMES = ['Tidewater', 'MolGraph-20B', 'Ψ-Net', '潮汐模型', 'Costs $5 or $6', 'a-name-of-a-system-that-somebody-thought-was-a-good-idea-and-then-made-longer', 'Tülu <b>x</b>', 'X']
LABELS = ['passage retrieval', 'evaluation of factual knowledge in long answers to questions about tides and currents', 'Ελληνικά γλωσσικά μοντέλα', '大規模言語モデルの評価と分析について']
PEOPLE = [*NAMES, *LABELS, *(f'{a}, {b.title()}' for a in WORDS[:6] for b in WORDS[:9])]
SIZES = [None, (3.25, 2.4), (11, 7)]


def some_papers(n, rng):
    "A papers table with rejected, merged-away and excluded records; most papers state no year"
    years = [None if rng.random() < .6 else int(2025 - min(rng.geometric(.25), 40)) for _ in range(n)]
    records = [dict(title=f'On {WORDS[i % 16]} tides, part {i}', year=year, source=f'exports/{"long-name-" * (i % 4)}{i % 30}.ris', record=f'L{i}') for i, year in enumerate(years)]
    rejected = [Rejected(f'L{i}', f'a long and tiresome reason why record {i % 13} could not be read', 'exports/1.ris') for i in range(min(n, 40))]
    papers = papers_table(records + rejected)
    return exclude(papers, np.arange(len(papers)) % 9 == 5, 'not in English') if n > 8 else papers


def some_topics(papers, k, rng):
    "Topics.table, Topics.papers and places on the map"
    topic = rng.integers(-1, k, len(papers))
    labels = [LABELS[i] if i < 4 else ' '.join(rng.choice(WORDS, rng.integers(2, 10)))[:80] for i in range(k)]
    table = pd.DataFrame(dict(topic=range(k), label=labels, words=[['a', 'b']] * k, size=[int((topic == i).sum()) for i in range(k)], exemplars=[['x']] * k,
                              stability=pd.array(rng.random(k).round(2), 'Float64')))
    middles = rng.normal(size=(k + 1, 2)) * 3
    return table, pd.DataFrame(dict(topic=topic, strength=1.), index=papers.index), middles[topic] + rng.normal(size=(len(papers), 2))


def some_results(papers, n, rng):
    pick = lambda values: values[int(rng.integers(len(values)))]
    rows = [dict(key=pick(papers.index), system=pick([pd.NA, *NAMES]), relation=pick(['outperforms', 'on par with', 'underperforms', 'reaches']), metric=pick([pd.NA, 'accuracy']),
                 comparators=list(rng.choice(NAMES, rng.integers(0, 4), replace=False)), datasets=list(rng.choice(WORDS, rng.integers(0, 9))), value=pick([pd.NA, '+5.0%', '45 TFLOPS', '0.9 to 23.35% of ' * 3]),
                 condition=pd.NA, negated=pick([True, False, False]), sentence='S', start=0, end=1, confidence=.5) for _ in range(n)]
    return pd.DataFrame(rows, columns='key system relation comparators metric datasets value condition negated sentence start end confidence'.split())


def tables(n):
    "The table of every figure for a corpus of n papers"
    rng = np.random.default_rng(n)
    papers = some_papers(n, rng)
    topics, placed, xy = some_topics(papers, 0 if n < 4 else 2 if n < 9 else 7 if n < 500 else 40, rng)
    systems = pd.DataFrame(dict(key=papers.index, system=[NAMES[i % 8] + f'-{i}' * (i > 7) for i in range(len(papers))]))
    return dict(flow=flow_table(papers), years=year_table(papers), topics=topic_table(topics), map=map_table(papers, placed, xy, topics), trends=trend_table(papers, placed, topics),
                timeline=timeline_table(papers, systems), results=results_table(some_results(papers, min(n, 400), rng)), similarity=similarity_table(rng.normal(size=(len(papers), 6)), placed, topics),
                network=network_table(pd.Series([list(rng.choice(PEOPLE, rng.integers(0, 4), replace=False)) for _ in range(len(papers))], dtype=object)))


TABLES = {n: tables(n) for n in (0, 1, 2, 4, 8, 122, 1000, 10000)}


def draw(name, table, size):
    if size is None: return PLOTS[name](table)
    fig, ax = plt.subplots(figsize=size)
    return PLOTS[name](table, ax=ax)


def boxes(ax):
    "(text, extent in pixels) of all that can be read"
    fig = ax.figure
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        fig.canvas.draw()
    found = [t for t in fig.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text().strip()]
    ticks = {t for axis in (ax.xaxis, ax.yaxis) for t in axis.findobj(matplotlib.text.Text)} if not ax.axison else set()
    return [(t, t.get_window_extent()) for t in found if t not in ticks]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close('all')


@pytest.mark.parametrize('size', SIZES, ids=['page', 'column', 'slide'])
@pytest.mark.parametrize('n', TABLES)
@pytest.mark.parametrize('name', PLOTS)
def test_text_fits(name, n, size):
    ax = draw(name, TABLES[n][name], size)
    texts, width, height = boxes(ax), *ax.figure.get_size_inches() * ax.figure.dpi
    assert texts
    for text, box in texts:
        assert text.get_fontsize() >= 8
        assert box.x0 >= -.5 and box.y0 >= -.5 and box.x1 <= width + .5 and box.y1 <= height + .5, f'{text.get_text()!r} leaves the figure'
    for (a, box), (b, other) in itertools.combinations(texts, 2):
        across, down = min(box.x1, other.x1) - max(box.x0, other.x0), min(box.y1, other.y1) - max(box.y0, other.y0)
        assert across <= .5 or down <= .5, f'{a.get_text()!r} and {b.get_text()!r} overlap'


@pytest.mark.parametrize('n', TABLES)
@pytest.mark.parametrize('name', PLOTS)
def test_words(name, n):
    table = TABLES[n][name]
    assert caption(name, table).endswith('.') and caption(name, table).count('\n') == 0
    assert len(alt_text(name, table).split()) >= 5


def test_every_figure_has_words(): assert set(FIGURES) == set(PLOTS)


def saved(name, fmt):
    with figure_style():
        buffer = io.BytesIO()
        fig = draw(name, TABLES[122][name], None).figure
        fig.savefig(buffer, format=fmt, metadata={'Date': None} if fmt == 'svg' else None)
        plt.close(fig)
    return buffer.getvalue()


@pytest.mark.parametrize('fmt', ['svg', 'png'])
@pytest.mark.parametrize('name', PLOTS)
def test_same_bytes(name, fmt): assert saved(name, fmt) == saved(name, fmt)


@pytest.mark.parametrize('name', PLOTS)
def test_user_settings_do_not_show(name):
    plain = saved(name, 'svg')
    with plt.rc_context({'font.size': 20, 'text.color': 'red', 'axes.grid': True, 'lines.linewidth': 5, 'font.family': 'serif', 'lines.marker': 'x', 'patch.force_edgecolor': True}):
        assert saved(name, 'svg') == plain


def test_nothing_is_lost():
    t = TABLES[1000]
    kept = t['flow'].set_index('stage').n['kept']
    assert t['years'].n.sum() == t['trends'].n.sum() == len(t['map']) == kept
    assert t['flow'].n[t['flow'].stage == 'read'].sum() == t['flow'].n[t['flow'].stage != 'read'].sum()
