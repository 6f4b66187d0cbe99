"Templates: a user's own shape of the review; one that is broken is told with its file and line; a stranger's cannot execute, read or loosen anything"
import re
import warnings

import pytest

import paperlit
from paperlit.core import Notice, papers_table
from paperlit import templating
from paperlit.templating import TEMPLATES, copy_templates, template_text

EVIL = '<img src=x onerror=alert(1)> {{ 7*7 }} {% for %} & "quotes"'


@pytest.fixture(scope='module')
def review():
    papers = papers_table([dict(title=f'{EVIL} on oak {i}', abstract=f'We introduce Oak{i}Scale, {EVIL}, which weighs oaks.', year=2001 + i, source='a.bib', record=f'L{i}') for i in range(3)])
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        return paperlit.write_review(papers, title=EVIL, progress=False)


@pytest.fixture
def own(tmp_path): return copy_templates(tmp_path/'templates')


def change(folder, name, old, new):
    text = (folder/name).read_text('utf-8')
    assert old in text
    (folder/name).write_text(text.replace(old, new, 1), 'utf-8')


def save(review, tmp_path, own, formats=('html', 'md')): return review.save(tmp_path/'review', formats=formats, templates=own)


def test_copied_templates_change_nothing(review, tmp_path, own):
    assert sorted(p.name for p in own.iterdir()) == sorted(TEMPLATES)
    first, second = review.save(tmp_path/'one', formats=['html', 'md']), review.save(tmp_path/'two', formats=['html', 'md'], templates=own)
    for name in ('review.md', 'review.html'): assert (first/name).read_bytes() == (second/name).read_bytes()
    assert '{{ 7*7 }}' in (first/'review.html').read_text('utf-8') and '<img src=x' not in (first/'review.html').read_text('utf-8')


def test_own_words_order_and_looks(review, tmp_path, own):
    (own/'review.html').unlink()
    (own/'review.md').write_text('# {{ title }}\n\nFor *my* supervisor.\n{% for s in sections if s.name in ("tldr", "references") %}\n\n## {{ s.title }}\n\n{{ s.text }}\n{% endfor %}\n')
    change(own, 'review.css', '--link: #0b5cad', '--link: #123456')
    folder = save(review, tmp_path, own, ('html', 'md', 'docx'))
    text, page = (folder/'review.md').read_text('utf-8'), (folder/'review.html').read_text('utf-8')
    assert re.findall('(?m)^## (.*)', text) == ['Every paper in one line', 'References'] and 'For *my* supervisor.' in text
    assert '--link: #123456' in page and '<em>my</em>' in page and '<h2 id="methods">' not in page
    from docx import Document
    assert any(p.text == 'For my supervisor.' for p in Document(folder/'review.docx').paragraphs)


def test_templates_of_a_review_hold_for_its_text_and_its_check(review, own):
    (own/'review.md').write_text('# Mine\n\n{% for s in sections if s.name != "read" %}{{ s.text }}\n\n{% endfor %}')
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', Notice)
        made = paperlit.write_review(review.papers, templates=own, progress=False)
    assert made.markdown.startswith('# Mine\n') and made.verify().empty


BROKEN = {'syntax': ('review.md', '\n{% for s in %}', 'review.md, line 2'), 'a name': ('review.md', 'a\n\n{{ tittle }}', "review.md, line 3: 'tittle' is undefined"), 'a field': ('review.md', '{% for s in sections %}{{ s.txt }}{% endfor %}', 'review.md, line 1'),
          'a division': ('review.md', '\n{{ 1 / 0 }}', 'review.md, line 2'), 'the page': ('review.html', '<!doctype html><html><head>\n\n{{ nobody }}', 'review.html, line 3'),
          'the style': ('review.css', 'a {}\n{{ b }}', 'review.css, line 2'), 'no head': ('review.html', '<p>{{ body }}', 'security policy'), 'endless': ('review.md', '{% for i in range(10**9) %}{% endfor %}', 'review.md, line 1'),
          'itself': ('review.md', '{% include "review.md" %}', 'review.md'), 'bytes': ('review.md', b'\xff\xfe', 'review.md')}


@pytest.mark.parametrize('what', BROKEN)
def test_a_broken_template_is_told_in_one_sentence(what, review, tmp_path, own):
    name, text, told = BROKEN[what]
    (own/name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError) as error: save(review, tmp_path, own)
    assert told in str(error.value) and '\n' not in str(error.value) and not (tmp_path/'review').exists()


ENDLESS = {'loops in loops': '{% set many = range(99999)|list %}{% for i in many %}{% for j in many %}{% endfor %}{% endfor %}', 'a number': '{{ 9 ** (9 ** 9) }}', 'a long text': "{{ 'tree' * 10**10 }}", 'a wide field': "{{ '%999999999999d'|format(1) }}", 'macros': '{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}'}


@pytest.mark.parametrize('what', ENDLESS)
def test_a_template_without_an_end_costs_one_sentence(what, review, tmp_path, own, monkeypatch):
    monkeypatch.setattr(templating, '_SECONDS', 1)
    (own/'review.md').write_text(ENDLESS[what])
    with pytest.raises(ValueError, match='review.md') as error: save(review, tmp_path, own)
    assert '\n' not in str(error.value) and not (tmp_path/'review').exists()


ASKING = ['<meta http-equiv="refresh" content="0; url=http://attacker.invalid">', '<META name=a HTTP-EQUIV=refresh content=0>', '<meta/http-equiv=refresh>', '<meta name="<" http-equiv="refresh">', '<meta charset="utf-8" http-equiv=refresh>', "<meta name=a\"b http-equiv='refresh'>",
          '<link rel="dns-prefetch" href="//attacker.invalid">', '<LINK\nrel=preconnect href=http://attacker.invalid>', '<meta\thttp-equiv="re&#102;resh">', "{{ '<' ~ 'meta http-equiv=ref' ~ 'resh>' }}", "{{ '<link>'|safe }}"]


@pytest.mark.parametrize('tag', ASKING)
def test_a_strangers_page_asks_no_other_address(tag, review, tmp_path, own):
    change(own, 'review.html', '<title>', tag + '<title>')
    if '|safe' not in tag and '{{' in tag: assert '<meta http-equiv=ref' not in (save(review, tmp_path, own)/'review.html').read_text('utf-8'); return
    with pytest.raises(ValueError, match='review.html holds'): save(review, tmp_path, own)


def test_a_page_may_have_its_own_words_for_search_engines(review, tmp_path, own):
    change(own, 'review.html', '<title>', '<meta name="author" content="Ann Roe"><title>')
    assert 'Ann Roe' in (save(review, tmp_path, own)/'review.html').read_text('utf-8')


ATTACKS = ["{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ title.__init__.__globals__ }}", "{{ self.__init__.__globals__ }}", "{{ cycler.__init__.__globals__.os.system('touch hit') }}", "{{ sections.append(1) }}",
           "{{ sections|attr('__class__')|attr('__base__') }}", '{% include "/etc/passwd" %}', '{% include "../secret.txt" %}', '{% include "link.txt" %}', '{% import "os" as os %}', "{{ '{0.__class__}'.format(title) }}"]


@pytest.mark.parametrize('attack', ATTACKS)
def test_a_strangers_template_cannot_reach_out(attack, review, tmp_path, own):
    (tmp_path/'secret.txt').write_text('a secret')
    (own/'link.txt').symlink_to(tmp_path/'secret.txt')
    (own/'review.md').write_text('# {{ title }}\n' + attack)
    with pytest.raises(ValueError, match='review.md'): save(review, tmp_path, own)


def test_a_strangers_page_keeps_the_policy_and_escapes_the_data(review, tmp_path, own):
    (own/'review.html').write_text('<!doctype html>\n<html>\n<head>\n<title>{{ title|safe }}</title><script>alert(1)</script></head><body>{% autoescape false %}{{ title }}{% for l, a, t in contents %}{{ t }}{% endfor %}{% endautoescape %}{{ body }}</body></html>')
    page = (save(review, tmp_path, own)/'review.html').read_text('utf-8')
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert policy.end() < page.index('<script') and "default-src 'none'" in policy[1] and 'unsafe-inline' not in policy[1].split('script-src')[1].split(';')[0]
    assert '<img src=x' not in page and page.count('&lt;img src=x onerror=alert(1)&gt;') > 3


def test_templates_that_are_not_there(review, tmp_path):
    with pytest.raises(ValueError, match='paperlit new DIR --templates'): save(review, tmp_path, tmp_path/'nowhere')


def test_new_project_with_templates(tmp_path):
    from paperlit.cli import main
    assert main(['new', str(tmp_path/'trees'), '--templates']) == 0
    assert {p.name: p.read_text('utf-8') for p in (tmp_path/'trees'/'templates').iterdir()} == {name: template_text(name) for name in TEMPLATES}
