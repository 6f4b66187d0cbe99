'use strict';
const by = id => document.getElementById(id);
const data = JSON.parse(by('data').textContent);
const {topics, parts, papers} = data;
const n = papers.title.length, canvas = by('map'), pen = canvas.getContext('2d');
const dark = matchMedia('(prefers-color-scheme: dark)');
const topicAt = new Map(topics.map((t, i) => [t.topic, i]));
const group = Int32Array.from(papers.topic, t => topicAt.get(t));
const placed = papers.x.map((x, i) => x !== null && papers.y[i] !== null);
const fold = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const words = papers.title.map((t, i) => fold([t, papers.authors[i], papers.abstract[i], papers.tldr[i], papers.key[i]].join(' ')));
const kept = new Uint8Array(n).fill(1), found = new Uint8Array(n).fill(1);  // by topic and year; by the search
const px = new Float32Array(n), py = new Float32Array(n);
const view = {x: .5, y: .5, zoom: 1, width: 1, height: 1};
const off = new Set();
let picture = null, sprites = [], labels = [], over = -1, chosen = -1, opener = null, asked = 0, settling = 0;

// Text from papers is only ever set as text
function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) { made.textContent = text; made.dir = 'auto'; }
  if (name) made.className = name;
  return made;
}
function web(address) {
  try { const url = new URL(address); return /^https?:$/.test(url.protocol) ? url.href : null; } catch { return null; }
}
const visible = text => text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ');
const counted = (count, noun) => count.toLocaleString('en') + ' ' + noun + (count === 1 ? '' : 's');

// Marks
const SHAPES = {
  o: r => pen => pen.arc(0, 0, r, 0, 7), '.': r => pen => pen.arc(0, 0, .7 * r, 0, 7), s: r => polygon(4, .25, 1.15 * r), D: r => polygon(4, 0, 1.2 * r),
  '^': r => polygon(3, -.25, 1.25 * r), v: r => polygon(3, .25, 1.25 * r), P: r => cross(r, 0), X: r => cross(r, .125),
};
function polygon(corners, turn, r) {
  return pen => { for (let i = 0; i < corners; i++) { const a = 2 * Math.PI * (i / corners + turn * (corners === 4 ? .5 : 1)); pen.lineTo(r * Math.cos(a), r * Math.sin(a)); } pen.closePath(); };
}
function cross(r, turn) {
  const a = 1.2 * r, b = .4 * r, points = [[a, b], [b, b], [b, a], [-b, a], [-b, b], [-a, b], [-a, -b], [-b, -b], [-b, -a], [b, -a], [b, -b], [a, -b]];
  const c = Math.cos(2 * Math.PI * turn), s = Math.sin(2 * Math.PI * turn);
  return pen => { for (const [x, y] of points) pen.lineTo(c * x - s * y, s * x + c * y); pen.closePath(); };
}
function mixed(colour, other, share) {
  const parts = [1, 3, 5].map(i => Math.round(parseInt(colour.slice(i, i + 2), 16) * (1 - share) + other * share));
  return 'rgb(' + parts.join(' ') + ')';
}
// A topic's colour, lighter or darker where it would be lost on the background
function shade(colour) {
  const light = [.3, .59, .11].reduce((sum, share, i) => sum + share * parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16), 0);
  return dark.matches ? mixed(colour, 255, light < 95 ? .4 : .15) : mixed(colour, 0, light > 185 ? .25 : 0);
}
function sprite(colour, marker, r, faded) {
  const ratio = devicePixelRatio, size = Math.ceil(2 * (1.3 * r + 1) * ratio), made = document.createElement('canvas'), pen = made.getContext('2d');
  made.width = made.height = size;
  pen.translate(size / 2, size / 2);
  pen.scale(ratio, ratio);
  pen.beginPath();
  SHAPES[marker](r)(pen);
  pen.fillStyle = faded ? style('--faded') : shade(colour);
  pen.globalAlpha = faded ? .6 : n < 2000 ? .9 : .75;
  pen.fill();
  if (!faded && r > 2.5) { pen.strokeStyle = dark.matches ? 'rgb(0 0 0 / .6)' : mixed(colour, 0, .45); pen.lineWidth = .7; pen.stroke(); }
  return made;
}
const style = name => getComputedStyle(document.documentElement).getPropertyValue(name);
const radius = () => (n < 300 ? 6 : n < 2000 ? 4.5 : n < 8000 ? 3 : 2.1) * Math.min(view.zoom ** .35, 2.4);
function makeSprites() {
  const r = Math.round(4 * radius()) / 4;
  if (sprites.r === r && sprites.dark === dark.matches && sprites.ratio === devicePixelRatio) return;
  sprites = topics.map(t => stamp(sprite(t.colour, t.marker, r)));
  const paper = parseInt(style('--paper').trim().slice(1), 16);
  Object.assign(sprites, {r, dark: dark.matches, ratio: devicePixelRatio, faded: stamp(sprite('#999999', '.', r, true)), paper: (0xff000000 | (paper & 255) << 16 | paper & 0xff00 | paper >> 16) >>> 0});
}

// The view: where a place of the map stands on the screen
const spread = () => ({x: (view.width - 120) * view.zoom, y: (view.height - 90) * view.zoom});
function project() {
  const s = spread();
  for (let i = 0; i < n; i++) {
    px[i] = placed[i] ? view.width / 2 + (papers.x[i] - view.x) * s.x : -1e6;
    py[i] = view.height / 2 - (papers.y[i] - view.y) * s.y;
  }
}
const seen = (i, edge) => px[i] > -edge && px[i] < view.width + edge && py[i] > -edge && py[i] < view.height + edge;
function draw() {
  asked = 0;
  makeSprites();
  project();
  drawPoints();
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  for (const i of [chosen, over]) if (i >= 0 && kept[i]) ring(i);
  for (const label of labels) if (label.colour) lead(label);
  for (const label of labels) write(label);
}
// 20,000 marks are laid into the picture by hand: without a graphics card that takes a tenth of the time of as many drawImage
function drawPoints() {
  const {width, height} = canvas, ratio = devicePixelRatio;
  if (picture?.width !== width || picture.height !== height) picture = pen.createImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  pixels.fill(sprites.paper);
  for (const hit of [0, 1]) for (let i = 0; i < n; i++) if (kept[i] && found[i] === hit && seen(i, 20)) {
    lay(pixels, width, height, hit ? sprites[group[i]] : sprites.faded, Math.round(px[i] * ratio), Math.round(py[i] * ratio));
  }
  pen.putImageData(picture, 0, 0);
}
function lay(pixels, width, height, mark, x, y) {
  const {dx, dy, colour, alpha} = mark;
  for (let j = 0; j < dx.length; j++) {
    const u = x + dx[j], v = y + dy[j];
    if (u < 0 || v < 0 || u >= width || v >= height) continue;
    const at = v * width + u, below = pixels[at], above = colour[j], a = alpha[j];
    const mix = shift => { const b = below >>> shift & 255; return b + (((above >>> shift & 255) - b) * a >> 8) << shift; };
    pixels[at] = 0xff000000 | mix(16) | mix(8) | mix(0);
  }
}
function stamp(image) {
  const size = image.width, data = image.getContext('2d').getImageData(0, 0, size, size).data, bytes = new Uint32Array(data.buffer), kept = [];
  for (let j = 0; j < size * size; j++) if (data[4 * j + 3]) kept.push(j);
  const half = size >> 1;
  return {dx: Int16Array.from(kept, j => j % size - half), dy: Int16Array.from(kept, j => Math.floor(j / size) - half), colour: Uint32Array.from(kept, j => bytes[j]), alpha: Uint16Array.from(kept, j => data[4 * j + 3] + 1)};
}
function ring(i) {
  pen.beginPath();
  pen.arc(px[i], py[i], radius() + 4, 0, 7);
  pen.strokeStyle = style('--ink');
  pen.lineWidth = 2;
  pen.stroke();
}
function redraw(settled) {
  if (!asked) asked = requestAnimationFrame(draw);
  clearTimeout(settling);
  if (settled) arrange(); else settling = setTimeout(() => { arrange(); redraw(true); }, 120);
}

// Labels: topics first, then the parts of large topics, then titles, each where there is room
function lines(text, most, count) {
  const out = [''];
  for (const word of visible(text).split(/\s+/)) {
    if (!out.at(-1)) out[out.length - 1] = word;
    else if ((out.at(-1) + ' ' + word).length <= most) out[out.length - 1] += ' ' + word;
    else out.push(word);
  }
  const shown = out.slice(0, count).map(line => line.length > most + 8 ? line.slice(0, most + 7) + '…' : line);
  if (out.length > count) shown[count - 1] += ' …';
  return shown;
}
const font = label => (label.weight || 400) + ' ' + label.size + 'px system-ui, sans-serif';
function anchor(label) {
  const s = spread();
  return [view.width / 2 + (label.x - view.x) * s.x, view.height / 2 - (label.y - view.y) * s.y];
}
// A line from a name that stands apart to where its topic is
function lead(label) {
  const [x, y] = anchor(label), u = Math.min(Math.max(0, label.dx), label.dx + label.w), v = Math.min(Math.max(0, label.dy), label.dy + label.h);
  if (Math.hypot(u, v) < 14) return;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + u, y + v);
  pen.lineWidth = 2;
  pen.strokeStyle = shade(label.colour);
  pen.stroke();
}
function write(label) {
  const [x, y] = anchor(label).map((at, axis) => at + (axis ? label.dy : label.dx));
  pen.font = font(label);
  pen.textAlign = 'left';
  pen.textBaseline = 'top';
  pen.lineJoin = 'round';
  pen.lineWidth = 4;
  pen.strokeStyle = style('--paper');
  pen.fillStyle = label.soft ? style('--soft') : style('--ink');
  label.lines.forEach((line, j) => {
    const at = x + (label.w - label.widths[j]) * label.align;
    pen.strokeText(line, at, y + j * label.size * 1.2);
    pen.fillText(line, at, y + j * label.size * 1.2);
  });
}
function sized(label) {
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.font = font(label);
  label.widths = label.lines.map(line => pen.measureText(line).width);
  return Object.assign(label, {w: Math.max(...label.widths), h: label.lines.length * label.size * 1.2, align: .5});
}
function candidates(label) {
  const {w, h} = label, gap = radius() + 3;
  const beside = [[gap, -h / 2, 0], [-gap - w, -h / 2, 1], [-w / 2, gap, .5], [-w / 2, -gap - h, .5]];
  if (label.beside) return beside;
  const around = [30, 60, 90].flatMap(d => [[0, -1], [0, 1], [1, 0], [-1, 0], [1, -1], [-1, -1], [1, 1], [-1, 1]].map(([x, y]) => [-w / 2 + x * (d + w / 2), -h / 2 + y * (d + h / 2), .5]));
  return [[-w / 2, -h / 2, .5], [-w / 2, -gap - h, .5], [-w / 2, gap, .5], ...beside, ...around];
}
function fits(label, taken, marks) {
  const [x, y] = anchor(label), {w, h} = label;
  let best = null, least = Infinity;
  for (const [dx, dy, align] of candidates(label)) {
    const box = [x + dx - 3, y + dy - 2, x + dx + w + 3, y + dy + h + 2];
    if (box[0] < 2 || box[1] < 2 || box[2] > view.width - 2 || box[3] > view.height - 2 || box[2] > view.width - 46 && box[1] < 122) continue;
    if (taken.some(o => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3])) continue;
    const r = radius(), covered = marks.reduce((sum, i) => sum + (px[i] > box[0] - r && px[i] < box[2] + r && py[i] > box[1] - r && py[i] < box[3] + r), 0);
    const cost = covered + Math.hypot(dx + w / 2, (dy + h / 2) * 2) / 70;
    if (cost < least) { least = cost; best = {box, dx, dy, align}; }
  }
  if (!best) return false;
  taken.push(best.box);
  return Object.assign(label, {dx: best.dx, dy: best.dy, align: best.align});
}
function middle(members) {
  const mid = axis => [...members].sort((a, b) => axis[a] - axis[b])[members.length >> 1];
  const x = papers.x[mid(papers.x)], y = papers.y[mid(papers.y)];
  let best = members[0], least = Infinity;
  for (const i of members) { const d = (papers.x[i] - x) ** 2 + (papers.y[i] - y) ** 2; if (d < least) { least = d; best = i; } }
  return {x: papers.x[best], y: papers.y[best]};
}
function arrange() {
  project();
  const here = topics.map(() => []), taken = [];
  let count = 0;
  for (let i = 0; i < n; i++) if (kept[i] && found[i] && seen(i, 0)) { here[group[i]].push(i); count++; }
  const names = topics.map((t, g) => ({t, members: here[g]})).filter(o => o.t.topic >= 0 && o.members.length > (count > 60 ? .04 * o.t.n : 0));
  names.sort((a, b) => b.members.length - a.members.length || a.t.topic - b.t.topic);
  const most = Math.min(26, Math.max(12, Math.round(view.width / 26)));
  const wanted = names.map(o => sized({...middle(o.members), lines: lines(o.t.label, most, 3), size: view.width < 500 ? 13 : 15, weight: 600, colour: o.t.colour}));
  if (view.zoom > 1.8) for (const p of parts) if (kept[p.at] && found[p.at] && seen(p.at, 0)) wanted.push(sized({x: papers.x[p.at], y: papers.y[p.at], lines: lines(p.label, 24, 2), size: 12.5, soft: true}));
  if (count <= 60) for (const members of here) for (const i of members) wanted.push(sized({x: papers.x[i], y: papers.y[i], lines: lines(papers.title[i], 30, 2), size: 11.5, beside: true}));
  const marks = count > 1500 ? [] : here.flat();
  labels = wanted.filter(label => fits(label, taken, marks));
  by('empty').textContent = data.empty || (count ? '' : 'No paper is shown here: ⤢ shows everything.');
}

// Moving about
function zoomBy(factor, x = view.width / 2, y = view.height / 2) {
  const before = spread(), zoom = Math.min(Math.max(view.zoom * factor, .5), 400);
  const at = {x: view.x + (x - view.width / 2) / before.x, y: view.y - (y - view.height / 2) / before.y};
  view.zoom = zoom;
  const after = spread();
  view.x = at.x - (x - view.width / 2) / after.x;
  view.y = at.y + (y - view.height / 2) / after.y;
  redraw();
}
function moveBy(dx, dy) {
  const s = spread();
  view.x = Math.min(Math.max(view.x - dx / s.x, -.2), 1.2);
  view.y = Math.min(Math.max(view.y + dy / s.y, -.2), 1.2);
  redraw();
}
function home() { Object.assign(view, {x: .5, y: .5, zoom: 1}); redraw(true); }
function show(i) {
  if (!placed[i]) return;
  project();
  if (!seen(i, -30)) { view.x = papers.x[i]; view.y = papers.y[i]; }
}
function nearest(x, y, reach) {
  let best = -1, least = reach * reach;
  for (let i = 0; i < n; i++) if (kept[i] && found[i]) { const d = (px[i] - x) ** 2 + (py[i] - y) ** 2; if (d < least) { least = d; best = i; } }
  return best;
}
function hover(i, x, y) {
  const tip = by('tip'), changed = i !== over;
  over = i;
  canvas.classList.toggle('over', i >= 0);
  tip.hidden = i < 0;
  if (changed && i >= 0) {
    const tldr = papers.tldr[i];
    tip.replaceChildren(element('b', papers.title[i]), element('span', about(i)), ...(tldr ? [element('span', tldr, 'line')] : []));
  }
  if (i >= 0) {
    tip.style.left = Math.max(4, Math.min(x + 14, view.width - tip.offsetWidth - 4)) + 'px';
    tip.style.top = (y + 18 + tip.offsetHeight < view.height ? y + 18 : Math.max(4, y - 14 - tip.offsetHeight)) + 'px';
  }
  if (changed) redraw(true);
}
const about = i => (papers.year[i] ?? 'no year stated') + ' · ' + topics[group[i]].label;
const touches = new Map();
let moved = 0;
canvas.addEventListener('pointerdown', e => { canvas.setPointerCapture(e.pointerId); touches.set(e.pointerId, [e.offsetX, e.offsetY]); moved = 0; });
canvas.addEventListener('pointermove', e => {
  const last = touches.get(e.pointerId);
  if (!last) return hover(nearest(e.offsetX, e.offsetY, Math.max(radius() + 2, 7)), e.offsetX, e.offsetY);
  const dx = e.offsetX - last[0], dy = e.offsetY - last[1], other = [...touches].find(([id]) => id !== e.pointerId)?.[1];
  moved += Math.abs(dx) + Math.abs(dy);
  touches.set(e.pointerId, [e.offsetX, e.offsetY]);
  if (moved < 4) return;
  hover(-1);
  if (!other) return moveBy(dx, dy);
  const apart = p => Math.hypot(p[0] - other[0], p[1] - other[1]) + 1;
  zoomBy(apart([e.offsetX, e.offsetY]) / apart(last), other[0], other[1]);
});
function lift(e) {
  const clicked = touches.delete(e.pointerId) && e.type === 'pointerup' && moved < 4 && !touches.size;
  const i = clicked ? nearest(e.offsetX, e.offsetY, 14) : -1;
  if (i >= 0) openPaper(i, canvas);
}
canvas.addEventListener('pointerup', lift);
canvas.addEventListener('pointercancel', lift);
canvas.addEventListener('pointerleave', () => hover(-1));
canvas.addEventListener('wheel', e => { e.preventDefault(); zoomBy(Math.exp(-e.deltaY * (e.deltaMode ? .05 : .0016)), e.offsetX, e.offsetY); }, {passive: false});
canvas.addEventListener('dblclick', e => zoomBy(2, e.offsetX, e.offsetY));
const KEYS = {ArrowLeft: () => moveBy(60, 0), ArrowRight: () => moveBy(-60, 0), ArrowUp: () => moveBy(0, 60), ArrowDown: () => moveBy(0, -60), '+': () => zoomBy(1.4), '=': () => zoomBy(1.4), '-': () => zoomBy(1 / 1.4), 0: home,
  Enter: () => { const i = nearest(view.width / 2, view.height / 2, 1e5); if (i >= 0) openPaper(i, canvas); }};
canvas.addEventListener('keydown', e => { if (KEYS[e.key] && !e.ctrlKey && !e.metaKey) { e.preventDefault(); KEYS[e.key](); } });
addEventListener('keydown', e => {
  if (e.key === 'Escape') closePaper();
  if (e.key === '/' && document.activeElement !== by('search')) { e.preventDefault(); by('search').focus(); }
});
by('in').addEventListener('click', () => zoomBy(1.5));
by('out').addEventListener('click', () => zoomBy(1 / 1.5));
by('home').addEventListener('click', home);

// One paper
function section(title, text) { return text ? [element('h3', title), element('p', text)] : []; }
function links(i) {
  const list = element('ul');
  for (const address of papers.links[i]) {
    const item = element('li'), href = web(address), text = element(href ? 'a' : 'span', address);
    if (href) Object.assign(text, {href, target: '_blank', rel: 'noopener noreferrer'});
    item.append(text);
    list.append(item);
  }
  return list.childElementCount ? [element('h3', 'Links'), list] : [];
}
function openPaper(i, from) {
  const panel = by('paper'), leave = element('button', '×', 'close'), title = element('h2', papers.title[i]);
  leave.type = 'button';
  leave.setAttribute('aria-label', 'Close');
  leave.addEventListener('click', closePaper);
  const line = [papers.year[i], papers.venue[i]].filter(Boolean).join(' · ');
  panel.replaceChildren(leave, title, element('p', papers.authors[i] || 'No authors stated'), element('p', line || 'No year stated', 'soft'), element('p', 'Topic: ' + topics[group[i]].label, 'soft'),
    ...section('In one line', papers.tldr[i]), ...section('Abstract', papers.abstract[i] || data.without), ...links(i), ...section('Record', papers.key[i] + ' · ' + papers.record[i]));
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add('open');
  [chosen, opener] = [i, from];
  hover(-1);
  resize();
  show(i);
  redraw(true);
  for (const b of by('found').querySelectorAll('button')) b.setAttribute('aria-current', b.value === String(i));
  panel.focus({preventScroll: true});
  if (innerWidth < 704) panel.scrollIntoView();
}
function closePaper() {
  if (by('paper').hidden) return;
  by('paper').hidden = true;
  document.body.classList.remove('open');
  chosen = -1;
  resize();
  (opener?.isConnected ? opener : canvas).focus();
}

// Search and filters
function sift() {
  const asked = fold(by('search').value).split(/\s+/).filter(Boolean), bound = (id, none) => by(id).value === '' ? none : Number(by(id).value);
  const from = bound('from', -Infinity), to = bound('to', Infinity), undated = by('undated').checked;
  for (let i = 0; i < n; i++) {
    const year = papers.year[i];
    kept[i] = !off.has(group[i]) && (year === null ? undated : year >= from && year <= to);
    found[i] = asked.every(word => words[i].includes(word));
  }
  list();
  redraw(true);
}
function list() {
  const shown = [];
  for (let i = 0; i < n; i++) if (kept[i] && found[i]) shown.push(i);
  by('count').textContent = counted(shown.length, 'paper') + (shown.length < n ? ' of ' + n.toLocaleString('en') : '');
  const items = shown.slice(0, 60).map(i => {
    const item = element('li'), button = element('button', papers.title[i] + (papers.year[i] ? ' (' + papers.year[i] + ')' : ''));
    button.type = 'button';
    button.value = i;
    button.setAttribute('aria-current', i === chosen);
    item.append(button);
    return item;
  });
  if (shown.length > 60) items.push(element('li', 'and ' + (shown.length - 60).toLocaleString('en') + ' more: search or filter to see them', 'soft'));
  by('found').replaceChildren(...items);
}
by('found').addEventListener('click', e => { const button = e.target.closest('button'); if (button) openPaper(Number(button.value), button); });
by('search').addEventListener('input', sift);
for (const id of ['from', 'to', 'undated']) by(id).addEventListener('input', sift);
function legend() {
  const list = by('legend').querySelector('ul');
  list.replaceChildren();
  topics.forEach((t, g) => {
    const item = element('li'), row = element('label', undefined, 'row'), box = element('input'), mark = element('canvas'), pen = mark.getContext('2d');
    const image = sprite(t.colour, t.marker, 5.5);
    [mark.width, mark.height] = [16 * devicePixelRatio, 16 * devicePixelRatio];
    pen.drawImage(image, (mark.width - image.width) / 2, (mark.height - image.height) / 2);
    Object.assign(box, {type: 'checkbox', checked: !off.has(g)});
    box.addEventListener('input', () => { box.checked ? off.delete(g) : off.add(g); sift(); });
    row.append(box, mark, element('span', t.label), element('span', t.n.toLocaleString('en'), 'n'));
    item.append(row);
    list.append(item);
  });
}
function every(on) {
  topics.forEach((_, g) => on ? off.delete(g) : off.add(g));
  legend();
  sift();
}
by('all').addEventListener('click', () => every(true));
by('none').addEventListener('click', () => every(false));
function years() {
  const stated = papers.year.filter(y => y !== null), low = Math.min(...stated), high = Math.max(...stated);
  for (const [id, year] of [['from', low], ['to', high]]) Object.assign(by(id), {min: low, max: high, placeholder: year});
  by('years').hidden = !stated.length;
  by('undated').closest('label').hidden = stated.length === n;
  by('undated').nextElementSibling.textContent = counted(n - stated.length, 'paper') + ' without a year';
}

function resize() {
  const box = by('stage').getBoundingClientRect();
  [view.width, view.height] = [Math.max(box.width, 120), Math.max(box.height, 120)];
  [canvas.width, canvas.height] = [Math.round(view.width * devicePixelRatio), Math.round(view.height * devicePixelRatio)];
  redraw(true);
}
dark.addEventListener('change', () => { legend(); redraw(true); });
new ResizeObserver(resize).observe(by('stage'));
years();
legend();
resize();
sift();
