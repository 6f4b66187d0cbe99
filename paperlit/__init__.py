"""A Jupyter-based literature review toolkit: from a folder of exports, clippings and PDFs to a review that can be checked

Written by hand. Names are fetched from their modules when first asked for, so that `import paperlit` costs next to nothing (PEP 562)."""
from importlib import import_module

_API = {
    'core': 'SourceError ledger exclude label check_papers',
    'sources': 'load sniff known_formats demo_corpus',
    'saving': 'save',
    'duplicates': 'dedupe reviewed unmerge',
    'relatives': 'families',
    'embedding': 'embed',
    'retrieval': 'search similar',
    'topics': 'fit_topics Topics layout',
    'sentences': 'tag_sentences tldr',
    'systems': 'find_systems',
    'results': 'find_results',
    'explorer': 'explore',
    'figures': 'figure_style year_table plot_years topic_table plot_topics',
    'flow': 'flow_table plot_flow',
    'maps': 'map_table plot_map',
    'similarities': 'similarity_table plot_similarity',
    'networks': 'network_table term_lists plot_network',
    'trends': 'trend_table plot_trends timeline_table plot_timeline',
    'comparisons': 'results_table plot_results',
    'captions': 'caption alt_text',
    'digests': 'digest',
    'briefs': 'brief',
    'review': 'write_review Review',
    'changes': 'what_changed',
    'verification': 'verify',
}
_HOME = {name: module for module, names in _API.items() for name in names.split()}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name == '__version__':
        from importlib.metadata import version
        return version('paperlit')
    if name not in _HOME: raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    value = globals()[name] = getattr(import_module(f'{__name__}.{_HOME[name]}'), name)
    return value


def __dir__(): return sorted({*globals(), *__all__, '__version__'})
