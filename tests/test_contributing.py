"The worked example of CONTRIBUTING.md does what it says"
import re

import pytest
from paperlit import sources


@pytest.fixture
def example(root):
    "The sample file and the code of the worked example"
    text = (root/'CONTRIBUTING.md').read_text('utf-8')
    return [re.search(rf'```{language}\n(.*?)```', text, re.S)[1] for language in ('text', 'python')]


def test_added_format_loads(example, tmp_path, monkeypatch):
    sample, code = example
    names = {}
    exec(code, names)
    monkeypatch.setattr(sources, 'FORMATS', {f.name: f for f in names['FORMATS']} | sources.FORMATS)
    path = tmp_path/'list.txt'
    path.write_text(sample, encoding='utf-8')
    assert sources.sniff(path) == 'reading-list'
    papers = sources.load(path, progress=False)
    assert papers.title.tolist() == ['Counting trees from the air', 'A map of small forests']
    assert papers.authors.iloc[0] == ['Rivera, Ana', 'Okafor, Chidi']
    assert papers.doi.iloc[0] == '10.1000/trees' and papers.doi.isna().iloc[1]
    counts = sources.ledger(papers).action.value_counts()
    assert (counts['kept'], counts['rejected']) == (2, 1)
