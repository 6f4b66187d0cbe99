'use strict';
function show() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (const old of document.querySelectorAll('li.here')) old.classList.remove('here');
  if (!target) return;
  const entry = target.closest('ol.references li');
  if (!entry) return;
  entry.classList.add('here');
  const abstract = entry.querySelector('details');
  if (abstract) abstract.open = true;
  target.scrollIntoView({block: 'center'});
}
function value(row, column) {
  const text = row.cells[column].textContent.trim();
  const number = Number(text.replace(/,/g, ''));
  return text !== '' && !Number.isNaN(number) ? number : text.toLowerCase();
}
function compare(a, b) {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1;
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' ? -1 : 1;
}
function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      heads.forEach(h => h.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? -1 : 1) * compare(value(a, column), value(b, column)));
      table.tBodies[0].append(...rows);
    });
  });
}
function filterable(box) {
  const rows = [...box.querySelector('tbody').rows];
  if (rows.length < 12) return;
  const field = document.createElement('input');
  field.type = 'search';
  field.className = 'filter';
  field.placeholder = 'Filter ' + rows.length + ' rows';
  field.setAttribute('aria-label', 'Filter the rows of the table');
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !words.every(w => row.textContent.toLowerCase().includes(w));
  });
  box.before(field);
}
for (const box of document.querySelectorAll('.table')) { filterable(box); sortable(box.querySelector('table')); }
if (innerWidth < 1248) document.querySelector('nav details').open = false;
addEventListener('hashchange', show);
show();
