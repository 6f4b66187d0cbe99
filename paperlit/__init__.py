"""A Jupyter-based literature review toolkit: from a folder of exports, clippings and PDFs to a review that can be checked

Written by hand. Names are fetched from their modules when first asked for, so that `import paperlit` costs next to nothing (PEP 562)."""
from importlib import import_module

_API = {
    'core': 'SourceError ledger exclude label check_papers',
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


def __dir__(): return [*globals(), *__all__, '__version__']
