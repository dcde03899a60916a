// The page: parameters from sliders, fields and the address, and what is drawn from them.

const byId = id => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const RANGE = [1e-3, 100], POINTS = 61, STEPS = 100; // of both penalties; of the grid; slider steps per decade
const defaults = Object.fromEntries(PARAMETERS.map(each => [each.key, each.default]));
let state = {mechanism: 1, ...defaults};
const logspace = count => linspace(Math.log10(RANGE[0]), Math.log10(RANGE[1]), count).map(value => 10 ** value);
const figure = value => {
  const [mantissa, power] = short(value).replace("-inf", "−∞").replace("inf", "∞").replace("nan", "undefined").split("e");
  const raised = power && [...String(Number(power))].map(digit => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)]).join("");
  return mantissa.replace("-", "−") + (power ? `·10${raised}` : "");
};

// Sliders are whole numbers; on a logarithmic one whose domain holds 0 the first position is 0.
const zeroed = each => each.logarithmic && !each.open;
const positions = each => (each.logarithmic ? Math.round(STEPS * Math.log10(each.high / each.low)) + (zeroed(each) ? 1 : 0) : 100);

function valueAt(each, position) {
  if (!each.logarithmic) {
    return Number((each.low + (each.high - each.low) * position / 100).toPrecision(6));
  }
  if (zeroed(each) && position === 0) {
    return 0;
  }
  return Number((each.low * 10 ** ((position - (zeroed(each) ? 1 : 0)) / STEPS)).toPrecision(3));
}

function positionOf(each, value) {
  if (!each.logarithmic) {
    return Math.round(100 * (value - each.low) / (each.high - each.low));
  }
  return value > 0 ? Math.max(0, Math.round(STEPS * Math.log10(value / each.low))) + (zeroed(each) ? 1 : 0) : 0;
}

function inDomain(each, value) {
  return Number.isFinite(value) && (each.open ? value > each.least : value >= each.least) && (each.most === null || value <= each.most);
}

function show(which, wrong = false) {
  const domain = byId(`${which.key}-domain`);
  domain.dataset.domain ??= domain.textContent;
  byId(which.key).setAttribute("aria-invalid", String(wrong));
  domain.textContent = wrong ? which.wrong : domain.dataset.domain;
  domain.classList.toggle("wrong", wrong);
}

function place(each, {field = true} = {}) {
  const slider = byId(`${each.key}-slider`), value = state[each.key];
  slider.value = String(positionOf(each, value));
  slider.setAttribute("aria-valuetext", short(value));
  if (field) {
    byId(each.key).value = String(value);
    show(each);
  }
}

// The address holds what differs from the defaults, at full precision.
function address() {
  const changed = PARAMETERS.filter(({key}) => state[key] !== defaults[key]).map(({key}) => `${key}=${state[key]}`);
  return `#${[`mechanism=${state.mechanism}`, ...changed].join("&")}`;
}

function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  state = {...defaults, mechanism: given.get("mechanism") === "2" ? 2 : 1};
  for (const each of PARAMETERS) {
    const text = given.get(each.key), value = Number(text);
    if (text && inDomain(each, value)) {
      state[each.key] = value;
    }
  }
  PARAMETERS.forEach(each => place(each));
}

let shown = {}, awaiting = 0;

function update() {
  history.replaceState(null, "", address());
  for (const radio of document.querySelectorAll("input[name=mechanism]")) {
    radio.checked = radio.value === String(state.mechanism);
  }
  for (const part of document.querySelectorAll("[data-mechanism]")) {
    part.hidden = part.dataset.mechanism !== String(state.mechanism);
  }
  const found = answer(state);
  found.best = bestTeacher(problem(state));
  shown = {...shown, answer: found};
  for (const slot of document.querySelectorAll("dd[data-name]")) {
    const value = found[slot.dataset.name];
    slot.textContent = figure(value);
    slot.dataset.value = String(value);
  }
  const interval = byId("interval");
  interval.textContent = found.interval ? `(${found.interval.map(figure).join(", ")})` : "none";
  interval.dataset.value = JSON.stringify(found.interval && found.interval.map(String));
  byId("verdict").className = `verdict ${found.wins ? "win" : "lose"}`;
  byId("headline").textContent = `The student ${found.wins ? "beats" : "does not beat"} its teacher: ${figure(found.student)} against ${figure(found.teacher)}`;
  byId("advice").innerHTML = typeset(advice(found));
  placeUnits();
  byId("reason").dataset.reason = found.reason;
  byId("reason").innerHTML = typeset(found.reason);
  cancelAnimationFrame(awaiting);
  awaiting = requestAnimationFrame(draw);
}

// What retuning the teacher would do, and the best that a student of this one can do instead.
function advice(found) {
  const asked = problem(state), {best} = found;
  const least = Number.isFinite(best) ? teacherAt(asked, best).risk : asked.world.signal.reduce((sum, each) => sum + each, 0);
  const [lam, risk] = bestStudent(asked, teacherAt(asked, state.lam_t)), units = Number(byId("unit_d").value);
  const alpha = (value, gamma) => (Number.isFinite(value) && units > 0 ? `, alpha = ${figure(value * units / gamma)}` : "");
  const start = found.teacher <= least * (1 + 1e-9)
    ? `The teacher is at its best (lam_t = ${figure(best)}${alpha(best, state.gamma_t)}), with ${figure(least)}`
    : `Retuned (lam_t = ${figure(best)}${alpha(best, state.gamma_t)}) the teacher has ${figure(least)}`;
  const where = `lam_s = ${figure(lam)}${alpha(lam, state.gamma_s)}`;
  return risk < least * (1 - 1e-9) ? `${start}; this student at its best (${where}) has ${figure(risk)}, which is less.`
    : `${start}; no student of this kind beats that: the best (${where}) has ${figure(risk)}.`;
}

// Rows and alpha: what the ratios and penalties are at the dimension given, and the other way round.
const UNITS = [["n_t", "gamma_t"], ["alpha_t", "lam_t", "gamma_t"], ["n_s", "gamma_s"], ["alpha_s", "lam_s", "gamma_s"]];
const inUnits = (d, value, gamma) => (gamma === undefined ? d / value : value * d / gamma);

function placeUnits() {
  const d = Number(byId("unit_d").value);
  for (const [key, name, gamma] of UNITS) {
    if (document.activeElement !== byId(key)) {
      byId(key).value = d > 0 ? String(Number(inUnits(d, state[name], gamma && state[gamma]).toPrecision(6))) : "";
    }
  }
}

for (const [key, name, gamma] of UNITS) {
  byId(key).addEventListener("input", () => {
    const d = Number(byId("unit_d").value), given = byId(key).value.trim() === "" ? NaN : Number(byId(key).value);
    const value = gamma ? given * state[gamma] / d : d / given;
    if (inDomain(PARAMETERS.find(each => each.key === name), value)) {
      set(name, value);
      update();
    }
  });
  byId(key).addEventListener("change", placeUnits);
}
byId("unit_d").addEventListener("input", update);

const LETTERS = {lam: "λ", gamma: "γ"};
const typeset = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;")
  .replace(/\b(lam|gamma)_([st])\b/g, (_, name, index) => `${LETTERS[name]}<sub>${index}</sub>`).replace("q/rho", "q/ρ");

function draw() {
  const found = shown.answer, best = found.best;
  const grid = logspace(241), drawn = curves(state, grid);
  const diagram = phase(problem(state), logspace(POINTS), logspace(POINTS));
  shown = {...shown, curves: drawn, phase: diagram};
  drawCurves(drawn, found);
  drawPhase(diagram, best);
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}

// A box of pixels inside an svg, with logarithmic x over the penalties.
function frame(box, {left, right, top, bottom}) {
  const {width, height} = box.getBoundingClientRect();
  const inner = {left, top, width: Math.max(width - left - right, 10), height: Math.max(height - top - bottom, 10)};
  const [low, high] = RANGE.map(Math.log10);
  const share = lam => (Math.log10(Math.min(Math.max(lam, RANGE[0]), RANGE[1])) - low) / (high - low);
  return {
    ...inner, svg: {width, height},
    x: lam => inner.left + inner.width * share(lam),
    y: lam => inner.top + inner.height * (1 - share(lam)),
    lamAt: pixel => 10 ** (low + (high - low) * Math.min(Math.max(pixel, 0), 1)),
  };
}

function decades(svg, area, vertical) {
  for (let power = Math.log10(RANGE[0]); power <= Math.log10(RANGE[1]); power++) {
    const lam = 10 ** power, x = area.x(lam), y = area.y(lam), text = String(Number(lam.toPrecision(1)));
    svg.append(vertical
      ? element("text", {x: area.left - 8, y: y + 4, "text-anchor": "end"}, text)
      : element("text", {x, y: area.top + area.height + 18, "text-anchor": "middle"}, text));
  }
  const base = area.top + area.height;
  svg.append(vertical
    ? element("text", {x: area.left, y: area.top - 9, class: "name"}, "teacher's penalty λₜ")
    : element("text", {x: area.left + area.width, y: base + 36, "text-anchor": "end", class: "name"}, "student's penalty λₛ"));
}

function niceStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return [1, 2, 5, 10].map(each => each * power).find(each => size / each <= 1) || power;
}

function drawCurves(drawn, found) {
  const svg = byId("curves"), area = frame(svg, {left: 46, right: 12, top: 12, bottom: 42});
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${area.svg.width} ${area.svg.height}`);
  const zero = state.signal * (state.mechanism === 1 ? 1 : state.s_1 * state.e_1 + state.s_2 * (1 - state.e_1));
  const finite = [drawn.teacher, zero, found.student, found.ceiling].filter(Number.isFinite);
  const top = Math.min(1.25 * Math.max(...finite, 1e-9), 3 * Math.max(zero, Math.min(...finite), 1e-9));
  const y = value => area.top + area.height * (1 - Math.min(value, 50 * top) / top), base = area.top + area.height;
  const step = niceStep(top / 5);
  for (let tick = 0; tick <= top * 1.0001; tick += step) {
    svg.append(element("line", {class: "axis", x1: area.left, x2: area.left + area.width, y1: y(tick), y2: y(tick)}));
    svg.append(element("text", {x: area.left - 8, y: y(tick) + 4, "text-anchor": "end"}, short(tick)));
  }
  const clip = element("clipPath", {id: "inside"});
  clip.append(element("rect", {x: area.left, y: area.top, width: area.width, height: area.height}));
  const plot = element("g", {"clip-path": "url(#inside)"});
  svg.append(clip, plot);
  if (found.interval) {
    const [from, to] = found.interval.map(area.x);
    plot.append(element("rect", {class: "shade", x: from, y: area.top, width: Math.max(to - from, 0), height: area.height}));
  }
  const line = values => values.map((value, i) => `${i ? "L" : "M"}${area.x(drawn.lams[i]).toFixed(2)} ${y(value).toFixed(2)}`).join("");
  plot.append(element("path", {class: "teacher", d: `M${area.left} ${y(drawn.teacher)}H${area.left + area.width}`}));
  plot.append(element("path", {class: "ceiling", d: line(drawn.ceiling)}));
  plot.append(element("path", {class: "student", d: line(drawn.student)}));
  const x = area.x(state.lam_s), outside = state.lam_s < RANGE[0] || state.lam_s > RANGE[1];
  svg.append(element("line", {class: "guide", x1: x, x2: x, y1: area.top, y2: base}));
  if (found.student <= top) {
    svg.append(element("circle", {cx: x, cy: y(found.student), r: 5.5, class: outside ? "outside" : ""}));
  }
  decades(svg, area, false);
  const least = drawn.student.indexOf(Math.min(...drawn.student));
  byId("curves-text").innerHTML = typeset(`At lam_s = ${figure(state.lam_s)} the student's risk is ${figure(found.student)}, the teacher's ${figure(found.teacher)}, ` +
    `the ceiling's ${figure(found.ceiling)}. On this range the student is best near lam_s = ${figure(Number(drawn.lams[least].toPrecision(2)))}, with ${figure(drawn.student[least])}. ` +
    `It wins ${found.interval ? `for lam_s in (${found.interval.map(figure).join(", ")})` : "nowhere"}.`);
}

// Purple where the student wins, orange where it loses (safe for every colour vision), by quantiles on each side.
const PALETTE = {
  light: {lose: [[247, 247, 245], [253, 200, 130], [224, 130, 20], [127, 59, 8]], win: [[247, 247, 245], [200, 196, 226], [128, 115, 172], [64, 20, 110]]},
  dark: {lose: [[30, 34, 38], [104, 62, 20], [196, 112, 24], [255, 190, 110]], win: [[30, 34, 38], [68, 58, 116], [124, 108, 196], [205, 195, 255]]},
};
const dark = matchMedia("(prefers-color-scheme: dark)");

function colour(share) {
  const palette = PALETTE[dark.matches ? "dark" : "light"][share < 0 ? "lose" : "win"];
  const at = Math.min(Math.abs(share), 1) * (palette.length - 1), first = Math.min(Math.floor(at), palette.length - 2);
  return palette[first].map((value, i) => Math.round(value + (at - first) * (palette[first + 1][i] - value)));
}

function drawPhase(diagram, best) {
  const holder = byId("phase"), svg = byId("overlay"), canvas = byId("map");
  const area = frame(holder, {left: 46, right: 12, top: 26, bottom: 42});
  const sorted = diagram.gain.flat().filter(Number.isFinite).sort((a, b) => a - b);
  const quantile = share => (sorted.length ? sorted[Math.round(share * (sorted.length - 1))] : 0);
  const high = Math.max(quantile(0.98), 1e-12), low = Math.min(quantile(0.02), -1e-12);
  canvas.width = canvas.height = POINTS;
  Object.assign(canvas.style, {left: `${area.left}px`, top: `${area.top}px`, width: `${area.width}px`, height: `${area.height}px`});
  const context = canvas.getContext("2d"), image = context.createImageData(POINTS, POINTS);
  diagram.gain.forEach((row, j) => row.forEach((value, i) => {
    image.data.set([...colour(value > 0 ? value / high : -value / low), 255], 4 * ((POINTS - 1 - j) * POINTS + i));
  }));
  context.putImageData(image, 0, 0);
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${area.svg.width} ${area.svg.height}`);
  const d = diagram.segments.map(([a, b]) => `M${area.x(a[0]).toFixed(2)} ${area.y(a[1]).toFixed(2)}L${area.x(b[0]).toFixed(2)} ${area.y(b[1]).toFixed(2)}`).join("");
  svg.append(element("path", {class: "boundary", d}));
  const drawable = best >= RANGE[0] && best <= RANGE[1];
  if (drawable) {
    svg.append(element("line", {class: "best", x1: area.left, x2: area.left + area.width, y1: area.y(best), y2: area.y(best)}));
    svg.append(element("text", {class: "halo", x: area.left + area.width - 8, y: area.y(best) - 6, "text-anchor": "end"}, "teacher's best λ⁎"));
  }
  const outside = [state.lam_s, state.lam_t].some(lam => lam < RANGE[0] || lam > RANGE[1]);
  svg.append(element("circle", {cx: area.x(state.lam_s), cy: area.y(state.lam_t), r: 6, class: outside ? "outside" : ""}));
  decades(svg, area, false);
  decades(svg, area, true);
  const stops = linspace(-1, 1, 13).map(share => `rgb(${colour(share).join(" ")})`);
  byId("bar").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  byId("least").textContent = `gain ${figure(Number(low.toPrecision(2)))}`;
  byId("most").textContent = figure(Number(high.toPrecision(2)));
  const share = diagram.gain.flat().filter(value => value > 0).length / POINTS ** 2;
  byId("phase-text").innerHTML = typeset(`The student wins on ${Math.round(100 * share)}% of this map (purple), loses on the rest (orange); the solid line is where gain is zero. ` +
    `${Number.isFinite(best) ? `The teacher is best at its penalty lam_t = ${figure(best)}${drawable ? ", the dashed line" : ", off the map"}` : "No finite penalty is best for the teacher"}. ` +
    `The circle is this view: lam_s = ${figure(state.lam_s)}, lam_t = ${figure(state.lam_t)}${outside ? ", beyond the edge" : ""}.`);
}

function set(key, value) {
  state[key] = value;
  place(PARAMETERS.find(each => each.key === key));
}

for (const each of PARAMETERS) {
  const slider = byId(`${each.key}-slider`), field = byId(each.key);
  Object.assign(slider, {min: "0", max: String(positions(each)), step: "1"});
  slider.addEventListener("input", () => {
    set(each.key, valueAt(each, Number(slider.value)));
    update();
  });
  field.addEventListener("input", () => {
    const value = field.value.trim() === "" ? NaN : Number(field.value), right = inDomain(each, value);
    show(each, !right);
    if (right) {
      state[each.key] = value;
      place(each, {field: false});
      update();
    }
  });
  field.addEventListener("change", () => place(each));
  field.addEventListener("keydown", event => {
    const step = {ArrowUp: 1, ArrowDown: -1}[event.key];
    if (step) {
      event.preventDefault();
      set(each.key, valueAt(each, Math.min(Math.max(Number(slider.value) + step, 0), positions(each))));
      update();
    }
  });
}
for (const radio of document.querySelectorAll("input[name=mechanism]")) {
  radio.addEventListener("change", () => {
    state.mechanism = Number(radio.value);
    update();
  });
}
byId("reset").addEventListener("click", () => {
  state = {...defaults, mechanism: state.mechanism};
  PARAMETERS.forEach(each => place(each));
  update();
});
byId("copy").addEventListener("click", async () => {
  const button = byId("copy"), name = button.textContent;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The address bar holds the link";
  }
  setTimeout(() => { button.textContent = name; }, 2000);
});

// Pointing at a figure sets the penalties: across the student's and, on the map, up the teacher's.
function pointing(target, box, up) {
  const move = event => {
    const area = frame(target, box), {left, top} = target.getBoundingClientRect();
    set("lam_s", Number(area.lamAt((event.clientX - left - area.left) / area.width).toPrecision(3)));
    if (up) {
      set("lam_t", Number(area.lamAt(1 - (event.clientY - top - area.top) / area.height).toPrecision(3)));
    }
    update();
  };
  target.addEventListener("pointerdown", move);
  target.addEventListener("pointermove", event => event.buttons && move(event));
}
pointing(byId("curves"), {left: 46, right: 12, top: 12, bottom: 42}, false);
pointing(byId("phase"), {left: 46, right: 12, top: 26, bottom: 42}, true);

const again = () => { read(); update(); };
addEventListener("hashchange", again);
addEventListener("resize", () => { cancelAnimationFrame(awaiting); awaiting = requestAnimationFrame(draw); });
dark.addEventListener("change", () => draw());
again();
