"Reads settings.ini, the one place for the version, the dependencies and the extras."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

config = ConfigParser(delimiters=['='])
config.read(Path(__file__).parent/'settings.ini', encoding='utf-8')
settings = config['DEFAULT']
suffix = '_requirements'
extras = {name.removesuffix(suffix): settings[name].split('\n')[1:] for name in settings if name.endswith(suffix)}

setup(
    name=settings['lib_name'], version=settings['version'], description=settings['description'],
    keywords=settings['keywords'].split(), author=settings['author'], license_expression=settings['license'],
    classifiers=['Development Status :: 4 - Beta', 'Framework :: Jupyter', 'Intended Audience :: Science/Research', 'Topic :: Scientific/Engineering', *(f'Programming Language :: Python :: 3.{n}' for n in range(11, 15))],
    install_requires=settings['requirements'].split('\n')[1:], extras_require=extras,
    packages=find_packages(include=['paperlit', 'paperlit.*']),
    package_data={'paperlit': ['demo/*', 'models/*', 'templates/*']},
    data_files=[('share/jupyter/notebook_templates/paperlit', ['paperlit/templates/literature-review.ipynb'])],
    entry_points={'console_scripts': ['paperlit = paperlit.cli:main']},
    long_description=(Path(__file__).parent/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
)
