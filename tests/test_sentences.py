"""The shipped models of roles and one-line summaries: their size, and what comes of abstracts that no lesson would show."""
from importlib.resources import files

import numpy as np
import pytest

from paperlit.core import papers_table
from paperlit.headlines import may_end
from paperlit.sentences import tag_sentences, tldr

ODD = ['?!', '. . . .', 'Leaf', 'leaf '*400, 'x'*3000, '(((We propose it.', 'We propose a net, which', '12 34 56. 78 90.', 'Überall wachsen Bäume. Wir zählen sie.', 'RESULTS: Trees grow. METHODS: We look at trees.', '木は高い。', 'A\nB\n\nC. D',
       'In this paper, we propose FernNet, a small network for the leaves of ferns and of trees, which needs no flowers (or', 'We\u00a0weigh\u2009trees. It\u2019s \u201clight.\u201d Really']


@pytest.mark.parametrize('name, most', [('roles', 1_000_000), ('tldr', 500_000)])
def test_weights_are_small_and_hold_numbers_alone(name, most):
    path = files('paperlit')/'models'/f'{name}.npz'
    assert path.stat().st_size < most
    with np.load(path, allow_pickle=False) as saved: assert all(np.issubdtype(saved[k].dtype, np.number) for k in saved.files)


def test_odd_abstracts_are_cut_exactly():
    papers = papers_table([dict(abstract=text) for text in ODD])
    tagged, lines = tag_sentences(papers), tldr(papers)
    assert len(lines) == len(papers)
    for table, column in [(tagged, 'sentence'), (lines, 'text')]:
        assert all(papers.abstract[r.key][r.start:r.end] == getattr(r, column) for r in table.itertuples())
    assert tagged.p.between(0, 1).all()


def test_a_paper_is_read_alike_alone_and_among_others():
    papers = papers_table([dict(title=f'Trees {n}', abstract=f'Trees are heavy. We propose TreeScale, a scale for {n} trees. It is exact. Results show that it helps.') for n in range(3)])
    for function in (tag_sentences, tldr):
        whole = function(papers)
        alone = function(papers.iloc[[2]])
        assert whole[whole.key == papers.index[2]].reset_index(drop=True).equals(alone.reset_index(drop=True))


@pytest.mark.parametrize('text', ['Trees grow in old woods. In this paper, we propose FernNet for.', 'Leaves of ferns differ. We introduce a small network for leaf images that is based on', 'We propose FernNet with a state-of-the. It weighs leaves of ferns.'])
def test_a_line_does_not_break_off_where_another_sentence_is_whole(text):
    assert may_end(tldr(papers_table([dict(abstract=text)])).text[0])
