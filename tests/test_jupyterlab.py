"A walkthrough, opened without outputs, runs in JupyterLab and shows its figures; the launcher offers the notebook of a new review"
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

WIDE = {'width': 1400, 'height': 1000}


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


@contextmanager
def jupyterlab(folder, state):
    "A JupyterLab that serves `folder` and keeps its settings in `state`; gives the address of a file as a function of its name"
    port, token = free_port(), secrets.token_hex(16)
    env = os.environ | {f'JUPYTER_{k}_DIR': str(state/k) for k in ('CONFIG', 'DATA', 'RUNTIME')} | {'JUPYTERLAB_SETTINGS_DIR': str(state/'settings'),
                        'JUPYTERLAB_WORKSPACES_DIR': str(state/'workspaces'), 'IPYTHONDIR': str(state/'ipython')}
    options = ['--no-browser', '--allow-root', f'--IdentityProvider.token={token}', f'--ServerApp.root_dir={folder}', '--ServerApp.ip=127.0.0.1',
               f'--ServerApp.port={port}', '--ServerApp.port_retries=0', '--LabApp.extension_manager=readonly',
               '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate', '--LabApp.news_url=None']
    with open(state/'log', 'w') as log: server = subprocess.Popen([sys.executable, '-m', 'jupyterlab', *options], env=env, stdout=log, stderr=log)
    try:
        for _ in range(300):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0: break
            assert server.poll() is None, (state/'log').read_text()
            time.sleep(0.2)
        yield lambda name: f'http://127.0.0.1:{port}/lab/tree/{name}?token={token}'
    finally:
        server.terminate()
        try: server.wait(20)
        except subprocess.TimeoutExpired: server.kill(); server.wait()


def run_in_lab(browser, address, path):
    "Run all cells of the open notebook with JupyterLab's menu, save it, and give its code cells as they then stand on disk"
    page = browser.new_page(viewport=WIDE)
    page.goto(address(path.name))
    page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell').first.wait_for(timeout=60_000)
    page.locator('#jp-main-statusbar', has_text='Idle').wait_for(timeout=60_000)
    assert page.locator('.jp-OutputArea-output img').count() == 0
    page.locator('.lm-MenuBar-itemLabel', has_text='Run').first.click()
    page.locator('.lm-Menu-itemLabel', has_text='Run All Cells').first.click()
    page.wait_for_function('''() => [...document.querySelectorAll('.jp-OutputArea-output img')].some(i => i.naturalWidth > 100)''', timeout=120_000)
    for _ in range(240):
        page.keyboard.press('Control+s')
        time.sleep(0.5)
        cells = [c for c in json.loads(path.read_text('utf-8'))['cells'] if c['cell_type'] == 'code' and ''.join(c['source']).strip()]
        if all(c['execution_count'] for c in cells): break
    page.close()
    return cells


def test_walkthrough_in_jupyterlab(browser, root, tmp_path):
    folder, state = tmp_path/'work', tmp_path/'state'
    state.mkdir()
    shutil.copytree(root/'nbs'/'tutorials', folder)
    with jupyterlab(folder, state) as address: cells = run_in_lab(browser, address, folder/'01_folder_to_review.ipynb')
    assert all(c['execution_count'] for c in cells), 'not every cell ran'
    outputs = [o for c in cells for o in c['outputs']]
    assert not [o['evalue'] for o in outputs if o['output_type'] == 'error']
    assert any('image/png' in o.get('data', {}) for o in outputs)


def test_launcher_offers_a_new_review(browser, root, tmp_path):
    pytest.importorskip('jupyterlab_templates')
    folder, state = tmp_path/'work', tmp_path/'state'
    templates = state/'DATA'/'notebook_templates'/'paperlit'
    for made in (folder, templates): made.mkdir(parents=True)
    shutil.copy(root/'paperlit'/'templates'/'literature-review.ipynb', templates)
    with jupyterlab(folder, state) as address:
        page = browser.new_page(viewport=WIDE)
        page.goto(address('').replace('/tree/?', '?'))
        page.locator('.jp-LauncherCard', has_text='Template').first.click(timeout=60_000)
        dialog = page.locator('.jp-Dialog')
        dialog.locator('select').first.select_option(label='paperlit')
        dialog.locator('button.jp-mod-accept').click()
        page.locator('.jp-NotebookPanel h1', has_text='A literature review').wait_for(timeout=60_000)
        page.close()
    assert list(folder.glob('*.ipynb'))
