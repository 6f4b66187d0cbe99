"""Draw every figure of some corpora at three sizes, and list each text that lies over another, leaves the figure, is too small, or has no font.

python tools/check_figures.py OUT SOURCE [SOURCE ...]

Each SOURCE is a file or a folder that `paperlit.load` reads. OUT gets the pictures, to look at. The exit code is 1 where something is wrong."""
import sys
import time
import warnings
from itertools import combinations
from pathlib import Path

import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
from matplotlib.text import Text

SIZES = {'page': 'page', 'column': 'column', 'slide': 'slide', 'small': (3.25, 2.4), 'large': (11, 7)}  # a width of `figure_style`, or axes of the user's own, in inches
SLACK = .5  # pixels


def readable(ax):
    "(text, extent in pixels) of all that can be read in the figure of `ax`; warnings of the drawing are errors, but for missing glyphs, which `faults` names"
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        warnings.filterwarnings('ignore', 'Glyph .* missing')
        ax.figure.canvas.draw()
    ticks = {t for a in ax.figure.axes if not a.axison for axis in (a.xaxis, a.yaxis) for t in axis.findobj(Text)}
    return [(t, t.get_window_extent()) for t in ax.figure.findobj(Text) if t not in ticks and t.get_visible() and t.get_text().strip()]


def outside(texts, width, height):
    "Texts that leave a figure of so many pixels"
    return [f'{t.get_text()!r} leaves the figure' for t, b in texts if b.x0 < -SLACK or b.y0 < -SLACK or b.x1 > width + SLACK or b.y1 > height + SLACK]


def overlapping(texts):
    "Pairs of texts that share more than a hair"
    def shared(a, b): return min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK
    return [f'{t.get_text()!r} and {u.get_text()!r} overlap' for (t, a), (u, b) in combinations(texts, 2) if shared(a, b)]


def without_a_font(texts):
    "Texts with a character that would be drawn as a box"
    from paperlit.lettering import printed
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return [f'{t.get_text()!r} has a character without a font' for t, _ in texts if any(printed(line) != line for line in t.get_text().split('\n'))]


def faults(ax):
    "What is wrong with the texts of a figure: a list of sentences"
    texts = readable(ax)
    if not texts: return ['nothing can be read']
    size = ax.figure.get_size_inches()*ax.figure.dpi
    small = [f'{t.get_text()!r} is smaller than 8 points' for t, _ in texts if t.get_fontsize() < 8]
    return outside(texts, *size) + overlapping(texts) + small + without_a_font(texts)


def draw(plot, table, size):
    "Axes with the figure: its own, of a width that `figure_style` knows, or the user's, in a figure of `size` inches"
    from paperlit.figures import figure_style
    if not isinstance(size, str): return plot(table, ax=plt.subplots(figsize=size)[1])
    with figure_style(size): return plot(table)


def tables_of(papers):
    "The table of every figure, by name, with its plot"
    from paperlit import dedupe, embed, network_table, plot_network, plot_similarity, similarity_table, term_lists, write_review
    from paperlit.material import FIGURES
    review = write_review(dedupe(papers), progress=False)
    found = {name: (FIGURES[name].plot, FIGURES[name].table(review.material)) for name in FIGURES if review.topics or not FIGURES[name].topics}
    found['authors'] = plot_network, network_table(review.papers['authors'])
    if review.topics:
        found['terms'] = plot_network, network_table(term_lists(review.papers, review.topics.table))
        found['similarity'] = plot_similarity, similarity_table(embed(review.papers), review.topics.papers, review.topics.table)
    return found


def check(source, out):
    "Draw the figures of one source into `out`, print what is wrong with them, and count it"
    from paperlit import load
    from paperlit.figures import figure_style
    n = 0
    for name, (plot, table) in tables_of(load(source, progress=False)).items():
        for label, size in SIZES.items():
            start = time.process_time()
            with figure_style():
                ax = draw(plot, table, size)
                wrong = faults(ax)
                ax.figure.savefig(out/f'{Path(source).stem}-{name}-{label}.png', dpi=110)
            plt.close(ax.figure)
            n += len(wrong)
            print(f'{Path(source).stem:12} {name:10} {label:6} {time.process_time() - start:5.1f} s  {len(wrong)} wrong', *wrong[:5], sep='\n  ', flush=True)
    return n


def main(out, *sources):
    Path(out).mkdir(parents=True, exist_ok=True)
    n = sum(check(source, Path(out)) for source in sources)
    print(f'{n} wrong in all')
    return n > 0


if __name__ == '__main__': sys.exit(main(*sys.argv[1:]))
