"How Sphinx renders the notebooks; tools/build_docs.py lays out the folder that it reads."
from importlib.metadata import metadata

about = metadata('paperlit')
project, release = 'paperlit', about['Version']
author = about['Author']
copyright = f'{author}, {about["License-Expression"]}'

extensions = ['myst_nb']
exclude_patterns = ['_build', '**.ipynb_checkpoints']
nb_execution_mode = 'off'
nb_ipywidgets_js = {}
myst_enable_extensions = ['deflist']
myst_heading_anchors = 4
suppress_warnings = ['myst.header', 'mystnb.unknown_mime_type']

html_theme = 'furo'
html_static_path = ['_static']
html_css_files = ['pages.css']
html_title = f'paperlit {release}'
html_copy_source = False
html_show_sphinx = False
