"""Every figure at every width, from no paper to 10,000: no text over another, none out of the figure, none smaller than 8 points, none without a font, and the same bytes twice."""
import io
import warnings

import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from check_figures import SIZES, draw, faults

from paperlit.captions import FIGURES, alt_text, caption
from paperlit.comparisons import plot_results, results_table
from paperlit.core import Notice, Rejected, exclude, papers_table
from paperlit.figures import axes_for, figure_style, plot_topics, plot_years, topic_table, year_table
from paperlit.flow import flow_table, plot_flow
from paperlit.lettering import printed
from paperlit.maps import map_table, place_texts, plot_map
from paperlit.networks import network_table, plot_network
from paperlit.similarities import plot_similarity, similarity_table
from paperlit.trends import plot_timeline, plot_trends, timeline_table, trend_table

PLOTS = dict(flow=plot_flow, years=plot_years, topics=plot_topics, map=plot_map, trends=plot_trends, timeline=plot_timeline, results=plot_results, similarity=plot_similarity, network=plot_network)
WORDS = 'sparse dense graph neural speech vision code tuning ranking quantised distilled federated causal robust multilingual clinical'.split()
NAMES = ['Tidewater', 'MolGraph-20B', 'Ψ-Net', '潮汐模型', 'Costs $5 or $6', 'a-name-of-a-system-that-somebody-thought-was-a-good-idea-and-then-made-longer', 'Tülu <b>x</b>', 'X']
LABELS = ['passage retrieval', 'evaluation of factual knowledge in long answers to questions about tides and currents', 'Ελληνικά γλωσσικά μοντέλα', '大規模言語モデルの評価と分析について']
PEOPLE = [*NAMES, *LABELS, *(f'{a}, {b.title()}' for a in WORDS[:6] for b in WORDS[:9])]


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


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close('all')


@pytest.mark.filterwarnings('ignore:text of a figure is in a script')
@pytest.mark.parametrize('n, size', [(n, size) for size in SIZES for n in (TABLES if size == 'page' else (8, 122, 10000))])
@pytest.mark.parametrize('name', PLOTS)
def test_text_fits(name, n, size):
    with figure_style(): assert faults(draw(PLOTS[name], TABLES[n][name], SIZES[size])) == []


@pytest.mark.parametrize('wrong, texts', [('overlap', [(.5, .5, 'one'), (.5, .51, 'two')]), ('leaves', [(.99, .5, 'much too long')]), ('smaller', [(.5, .5, 'x')]), ('font', [(.5, .5, '\U00010330')])])
def test_faults_are_seen(wrong, texts):
    ax = plt.figure().add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    for x, y, text in texts: ax.text(x, y, text, fontsize=7 if wrong == 'smaller' else 9)
    assert [wrong in said for said in faults(ax)] == [True]


@pytest.mark.filterwarnings('error:text of a figure is in a script')
@pytest.mark.parametrize('name', PLOTS)
def test_japanese_is_drawn_once_there_is_a_font(name, japanese_font):
    with figure_style('column'): ax = PLOTS[name](TABLES[122][name])
    assert faults(ax) == []
    assert name in ('flow', 'years', 'results', 'timeline', 'network') or any('大規' in t.get_text() for t in ax.texts)


def test_without_a_font_there_is_a_notice_and_no_box():
    with pytest.warns(Notice, match='install a font'): text = printed('𐌰𐌱, tides')
    assert text == '[?], tides'


@pytest.mark.parametrize('n', TABLES)
@pytest.mark.parametrize('name', PLOTS)
def test_words(name, n):
    table = TABLES[n][name]
    assert caption(name, table).endswith('.') and caption(name, table).count('\n') == 0
    assert len(alt_text(name, table).split()) >= 5


def test_every_figure_has_words(): assert set(FIGURES) == set(PLOTS)


@pytest.fixture
def japanese_font():
    "A font with Japanese characters, taken away again afterwards"
    from matplotlib.font_manager import fontManager
    before = list(fontManager.ttflist)
    pytest.importorskip('matplotlib_fontja')
    import matplotlib_fontja
    matplotlib_fontja.japanize()
    matplotlib.rcdefaults()
    yield
    fontManager.ttflist[:] = before


def plain():
    "Tables of a small corpus in plain letters"
    papers = papers_table([dict(title=f'On tides, part {i}', year=2018 + i % 5 if i % 6 else None, source=f'{"ab"[i % 2]}.ris', record=f'L{i}') for i in range(24)] + [Rejected('L99', 'no title and no abstract', 'a.ris')])
    papers = exclude(papers, np.arange(24) > 21, 'not about water')
    topic = np.arange(len(papers)) % 7 % 3
    table = pd.DataFrame(dict(topic=range(3), label=['tides and currents', 'lakes', 'rivers in spring'], words=[['a']]*3, size=np.bincount(topic), exemplars=[['x']]*3, stability=pd.array([.9, .8, .5], 'Float64')))
    placed, vectors = pd.DataFrame(dict(topic=topic), index=papers.index), np.eye(3)[topic] + .4
    return dict(flow=flow_table(papers), years=year_table(papers), topics=topic_table(table), trends=trend_table(papers, placed, table), similarity=similarity_table(vectors, placed, table))


@pytest.mark.mpl_image_compare(baseline_dir='baseline', style='default', tolerance=8, savefig_kwargs=dict(dpi=60))
@pytest.mark.parametrize('name', ['flow', 'years', 'topics', 'trends', 'similarity'])
def test_picture(name): return PLOTS[name](plain()[name]).figure


def saved(name, fmt):
    with figure_style():
        buffer = io.BytesIO()
        fig = PLOTS[name](TABLES[122][name]).figure
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


def test_first_name_that_lies_on_its_own_place_hinders_no_other():
    "textalloc looks for the lines of the names before, of which there is none then"
    with figure_style('column'): ax = axes_for(None, 250)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    taken = np.stack(np.meshgrid(np.linspace(0, 1, 41), np.linspace(0, 1, 41)), -1).reshape(-1, 2)
    taken = taken[(abs(taken[:, 0] - .58) > .12) | (abs(taken[:, 1] - .5) > .06)]
    places = pd.DataFrame(dict(x=[.5, .2], y=[.5, .2], colour=['#000000']*2))
    assert place_texts(ax, places, ['o'*8, 'two'], taken, (0, 1), .2)[0] is not None


def test_nothing_is_lost():
    t = TABLES[1000]
    kept = t['flow'].set_index('stage').n['kept']
    assert t['years'].n.sum() == t['trends'].n.sum() == len(t['map']) == kept
    assert t['flow'].n[t['flow'].stage == 'read'].sum() == t['flow'].n[t['flow'].stage != 'read'].sum()
