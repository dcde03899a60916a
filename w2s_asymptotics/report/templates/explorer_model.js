// Machinery around the generated formulas: fixed points, roots, grids, sentences. No formula of the theory is written here.

const square = x => x * x;
const xp = {
  quotient: (a, b) => (a === 0 && b === 0 ? 0 : a / b),
  product: (a, b) => (a === 0 || b === 0 ? 0 : a * b),
};

function over(row) {
  return {
    rows: f => row.map((_, i) => f(i)),
    total: f => row.reduce((sum, _, i) => sum + f(i), 0),
  };
}

// kappa and omega = lam/kappa of one atom with s = g = 1: the roots kappa, -omega of x^2 + a x - lam, without cancellation.
function oneAtom(lam, gamma) {
  const half = linear_coefficient(lam, gamma) * 0.5, size = Math.abs(half);
  const root = lam < 1e150 ? Math.sqrt(half * half + lam) : Math.hypot(half, Math.sqrt(lam));
  const smaller = xp.quotient(lam, size + root);
  return {kappa: smaller + (size - half), omega: smaller + (size + half)};
}

// The same on several atoms. kappa omega - lam is convex in kappa and positive at the start: Newton's steps go down to the root.
// Atoms without variance only thin the others out.
function fixedPoint(lam, gamma, {eigenvalues, weights}, penalty) {
  if (weights.length === 1) {
    return oneAtom(lam, gamma);
  }
  const {rows, total} = over(weights);
  const varies = rows(i => eigenvalues[i] > 0);
  const rank = total(i => (varies[i] ? weights[i] : 0)), missing = total(i => (varies[i] ? 0 : weights[i]));
  const close = Math.abs(1 - gamma + gamma * missing) <= 4 * Number.EPSILON * gamma;
  const aspect = missing > 0 ? (close ? 1 : gamma * rank) : gamma;
  if (rank === 0 || (lam === 0 && aspect <= 1)) {
    return {kappa: lam, omega: lam > 0 ? 1 : 1 - aspect};
  }
  const share = rows(i => (varies[i] ? (missing > 0 ? weights[i] / rank : weights[i]) : 0));
  let kappa = lam + aspect * total(i => share[i] * (eigenvalues[i] / penalty[i]));
  for (let step = 0; step < 3000; step++) {
    const [left, slope] = residual(kappa, lam, aspect, eigenvalues, penalty, share);
    const next = kappa - left / slope;
    if (!(next < kappa)) {
      break;
    }
    kappa = next;
  }
  return {kappa, omega: lam > 0 ? lam / kappa : 0};
}

// A question in the page's parameters, as world, teacher and student.
function problem(given) {
  const student = {gamma: given.gamma_s, noise: given.noise_s, truth: given.truth_s};
  if (given.mechanism === 1) {
    const world = {eigenvalues: [1], weights: [1], signal: [given.signal], noise: given.noise};
    return {isotropic: true, world, teacher: {gamma: given.gamma_t, penalty: [1]}, student: {...student, penalty: [1]}};
  }
  const raw = [given.w_1, 1 - given.w_1], sum = raw[0] + raw[1];
  const world = {
    eigenvalues: [given.s_1, given.s_2],
    weights: raw.map(weight => weight / sum),
    signal: [given.signal * given.e_1, given.signal * (1 - given.e_1)],
    noise: given.noise,
  };
  const teacher = {gamma: given.gamma_t, penalty: [given.g_t1, given.g_t2]};
  return {isotropic: false, world, teacher, student: {...student, penalty: [given.g_s1, given.g_s2]}};
}

const truth = ({weights}) => ({
  multiplier: weights.map(() => 1), bias: weights.map(() => 0), covariance: weights.map(() => 0),
});

function fit(world, learner, {kappa, omega}, labels, noise) {
  const {eigenvalues, weights, signal} = world;
  const learned = stage(kappa, omega, learner.gamma, eigenvalues, learner.penalty, weights, labels, signal, noise);
  return {...learned, kappa, risk: risk(eigenvalues, signal, learned)};
}

const pointOf = (world, learner, lam) => fixedPoint(lam, learner.gamma, world, learner.penalty);
const taughtBy = ({world, student}, weak) =>
  student.truth === 0
    ? {labels: weak, noise: student.noise}
    : (({noise, ...labels}) => ({labels, noise}))(mixed(student.truth, weak, world.noise, student.noise));

const TINY = 1e-300; // stands for the limit lam -> 0 where a risk is infinite

// Where the teacher's risk is infinite, `near` is a teacher on the way there.
function teacherAt({world, teacher}, lam) {
  const at = penalty => fit(world, teacher, pointOf(world, teacher, penalty), truth(world), world.noise);
  const weak = at(lam);
  return Number.isFinite(weak.risk) ? weak : {...weak, near: at(lam || TINY)};
}

function studentAt(asked, weak, point) {
  const {labels, noise} = taughtBy(asked, weak);
  return {...fit(asked.world, asked.student, point, labels, noise), labels, point};
}

function ceilingAt({world, student}, point) {
  return fit(world, student, point, truth(world), world.noise + student.noise).risk;
}

// teacher's risk less student's; where both are infinite, the limit.
function gainOf(asked, weak, strong) {
  const {isotropic, world: {eigenvalues, signal}, student} = asked;
  const difference = gain(eigenvalues, signal, student.truth, weak, strong.labels, strong, isotropic);
  if (!Number.isNaN(difference)) {
    return difference;
  }
  const onTheWay = weak.near ? gainOf(asked, weak.near, studentAt(asked, weak.near, strong.point)) : 0;
  return onTheWay === 0 ? 0 : Math.sign(onTheWay) * Infinity;
}

function gainAt(asked, lamT, lamS) {
  const weak = teacherAt(asked, lamT);
  return gainOf(asked, weak, studentAt(asked, weak, pointOf(asked.world, asked.student, lamS)));
}

function recovered(asked, lamT, lamS, gain, teacher, ceiling) {
  if (gain === 0) {
    return 0;
  }
  if (!Number.isFinite(teacher) || !Number.isFinite(ceiling)) {
    const [nearT, nearS] = [lamT || TINY, lamS || TINY];
    gain = gainAt(asked, nearT, nearS);
    teacher = teacherAt(asked, nearT).risk;
    ceiling = ceilingAt(asked, pointOf(asked.world, asked.student, nearS));
  }
  const gap = teacher - ceiling;
  return gap === 0 ? (gain === 0 ? 0 : Math.sign(gain) * Infinity) : gain / gap;
}

// Chandrupatla's method (Advances in Engineering Software 28, 1997) between two ends of different sign.
function rootBetween(f, low, high) {
  let a = high, b = low, fa = f(a), fb = f(b), c = a, fc = fa, share = 0.5;
  const sign = x => (x > 0) - (x < 0);
  for (let step = 0; step < 200; step++) {
    const x = a + share * (b - a), fx = f(x);
    if (sign(fx) === sign(fa)) {
      c = a; fc = fa;
    } else {
      c = b; fc = fb; b = a; fb = fa;
    }
    a = x; fa = fx;
    const best = Math.abs(fa) < Math.abs(fb) ? a : b, width = Math.abs(b - a);
    const tolerance = 2 * Number.EPSILON * Math.abs(best) + 2.2250738585072014e-308;
    if (width <= 2 * tolerance || fa === 0 || fb === 0) {
      break;
    }
    const xi = (a - b) / (c - b), phi = (fa - fb) / (fc - fb);
    const inverse = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb);
    const smooth = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi && Number.isFinite(inverse);
    const least = Math.min(0.5, tolerance / Math.max(width, 2.2250738585072014e-308));
    share = smooth ? Math.min(Math.max(inverse, least), 1 - least) : 0.5;
  }
  return fa === 0 ? a : fb === 0 ? b : Math.abs(fa) < Math.abs(fb) ? a : b;
}

const linspace = (low, high, count) =>
  Array.from({length: count}, (_, i) => (i === count - 1 ? high : low + i * ((high - low) / (count - 1))));

// Penalties searched, as logarithms: 24 decades around the mean eigenvalue over the mean penalty weight.
function logGrid({eigenvalues, weights}, penalty) {
  const {total} = over(weights);
  const scale = total(i => eigenvalues[i] * weights[i]) / (total(i => penalty[i]) / penalty.length);
  return linspace(Math.log(1e-12), Math.log(1e12), 193).map(value => Math.log(scale) + value);
}

const NEGLIGIBLE = 1e-12; // a gain below this share of the teacher's risk is rounding

function overOf({world, teacher}, weak, lam) {
  return excess_ratio(teacher.gamma, world.noise, lam, world.signal[0], weak.shrink[0], weak.delta);
}

const isPlain = ({isotropic, student}) => isotropic && student.noise === 0 && student.truth === 0;

// The open interval of lam_s on which the student wins, or null: closed form in mechanism 1, else by search.
function winning(asked, lamT, weak = teacherAt(asked, lamT)) {
  if (isPlain(asked)) {
    const excess = overOf(asked, weak, lamT);
    if (excess <= 0) {
      return null;
    }
    if (excess >= 1) {
      return [0, Infinity];
    }
    const {some, ends} = winning_ends(excess, 1 - asked.student.gamma);
    return some ? ends : null;
  }
  weak = weak.near || weak;
  const gainedAt = at => gainOf(asked, weak, studentAt(asked, weak, pointOf(asked.world, asked.student, Math.exp(at))));
  let grid = logGrid(asked.world, asked.student.penalty), gains = grid.map(gainedAt);
  const peak = () => gains.indexOf(Math.max(...gains));
  if (gains[peak()] <= NEGLIGIBLE * weak.risk) {
    const at = peak();
    const near = linspace(grid[Math.max(at - 1, 0)], grid[Math.min(at + 1, grid.length - 1)], 65);
    grid = [...new Set([...grid, ...near])].sort((a, b) => a - b);
    gains = grid.map(gainedAt);
  }
  const best = peak();
  if (!(gains[best] > NEGLIGIBLE * weak.risk)) {
    return null;
  }
  let first = best, last = best;
  while (first > 0 && gains[first - 1] > 0) {
    first--;
  }
  while (last < grid.length - 1 && gains[last + 1] > 0) {
    last++;
  }
  const decided = gains.slice(0, first).some(value => Math.abs(value) > NEGLIGIBLE * weak.risk);
  return [
    decided ? Math.exp(rootBetween(gainedAt, grid[first - 1], grid[first])) : 0,
    last < grid.length - 1 ? Math.exp(rootBetween(gainedAt, grid[last], grid[last + 1])) : Infinity,
  ];
}

// The teacher's best penalty: closed form in mechanism 1, else where the slope of its risk in log lam changes sign.
function bestTeacher(asked) {
  const {world, teacher} = asked;
  if (asked.isotropic) {
    return world.signal[0] > 0 ? best_penalty(teacher.gamma, world.noise, world.signal[0]) : world.noise > 0 ? Infinity : 0;
  }
  const excess = at => teacherAt(asked, Math.exp(at)).risk;
  const slope = at => 8 * (excess(at + 1e-3) - excess(at - 1e-3)) - (excess(at + 2e-3) - excess(at - 2e-3));
  const grid = logGrid(world, teacher.penalty), values = grid.map(excess);
  const at = values.indexOf(Math.min(...values)), zero = teacherAt(asked, 0).risk;
  if (at === grid.length - 1) {
    return Infinity;
  }
  const bracketed = at > 0 && slope(grid[at - 1]) < 0 && slope(grid[at + 1]) > 0;
  const best = Math.exp(bracketed ? rootBetween(slope, grid[at - 1], grid[at + 1]) : grid[at]);
  return teacherAt(asked, best).risk < zero ? best : 0;
}

// Gains on a grid, and the points of zero gain on its edges.
function phase(asked, lamS, lamT) {
  const {world, student} = asked;
  const points = lamS.map(lam => pointOf(world, student, lam));
  const teachers = lamT.map(lam => teacherAt(asked, lam));
  const gain = teachers.map(weak => points.map(point => gainOf(asked, weak, studentAt(asked, weak, point))));
  const across = new Map(), up = new Map(); // by row, column of the edge's first end
  const wins = gain.map(row => row.map(value => value > 0));
  for (let j = 0; j < lamT.length; j++) {
    for (let i = 0; i < lamS.length; i++) {
      if (i + 1 < lamS.length && wins[j][i] !== wins[j][i + 1]) {
        const f = lam => gainOf(asked, teachers[j], studentAt(asked, teachers[j], pointOf(world, student, lam)));
        across.set(`${j},${i}`, [rootBetween(f, lamS[i], lamS[i + 1]), lamT[j]]);
      }
      if (j + 1 < lamT.length && wins[j][i] !== wins[j + 1][i]) {
        const f = lam => {
          const weak = teacherAt(asked, lam);
          return gainOf(asked, weak, studentAt(asked, weak, points[i]));
        };
        up.set(`${j},${i}`, [lamS[i], rootBetween(f, lamT[j], lamT[j + 1])]);
      }
    }
  }
  const segments = [];
  for (let j = 0; j + 1 < lamT.length; j++) {
    for (let i = 0; i + 1 < lamS.length; i++) {
      const met = [across.get(`${j},${i}`), up.get(`${j},${i}`), across.get(`${j + 1},${i}`), up.get(`${j},${i + 1}`)]
        .filter(Boolean);
      for (let k = 0; k + 1 < met.length; k += 2) {
        segments.push([met[k], met[k + 1]]);
      }
    }
  }
  return {lamS, lamT, gain, boundary: [...across.values(), ...up.values()], segments};
}

// Numbers to four figures, as Python's "%.4g": halves to even.
function short(value, digits = 4) {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
  if (value === 0) {
    return Object.is(value, -0) ? "-0" : "0";
  }
  const [mantissa, power] = Math.abs(value).toExponential(60).split("e");
  const figures = mantissa.replace(".", "");
  const kept = figures.slice(0, digits), rest = figures.slice(digits), half = "5".padEnd(rest.length, "0");
  const up = rest > half || (rest === half && Number(kept[digits - 1]) % 2 === 1);
  let whole = String(Number(kept) + (up ? 1 : 0)), exponent = Number(power);
  if (whole.length > digits) {
    whole = whole.slice(0, digits);
    exponent++;
  }
  const sign = value < 0 ? "-" : "", trimmed = text => (text.includes(".") ? text.replace(/\.?0*$/, "") : text);
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${trimmed(`${whole[0]}.${whole.slice(1)}`)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const padded = exponent < 0 ? "0".repeat(-exponent) + whole : whole, point = exponent < 0 ? 1 : exponent + 1;
  return sign + trimmed(`${padded.slice(0, point)}.${padded.slice(point)}`);
}

function phrase(which, values = {}) {
  return PHRASES[which].replace(/{(\w+)}/g, (_, name) =>
    typeof values[name] === "string" ? values[name] : short(values[name]));
}

// Which atoms the teacher under- and over-regularises, and what the student's penalty makes of it.
function inWords(asked, weak) {
  if (asked.isotropic) {
    return "";
  }
  const {world, student} = asked, balanced = 1e-10;
  const {fitted, lost} = overshoot(world.signal, weak);
  const excess = fitted.map((value, i) => value - lost[i]);
  const places = test => excess.flatMap((value, i) => (test(value, balanced * (fitted[i] + lost[i])) ? [i] : []));
  const sides = [
    ["under-regularises", places((value, least) => value > least || value === Infinity)],
    ["over-regularises", places((value, least) => value < -least)],
  ].filter(([, where]) => where.length);
  if (!sides.length) {
    return phrase("in balance on every atom");
  }
  const values = row => (Math.min(...row) === Math.max(...row) ? [row[0]] : row).map(value => short(value));
  const shown = row => [...new Set(values(row))].length === 1 ? values(row)[0] : values(row).join(", ");
  const named = where =>
    where.length === excess.length
      ? phrase("every atom")
      : phrase("one atom", {names: String(where[0] + 1), values: shown(where.map(i => world.eigenvalues[i]))});
  const told = phrase("weighs", {
    regularises: sides.map(([verb, where]) => phrase(verb, {atoms: named(where)})).join(" and "),
    pronoun: sides.length > 1 || sides[0][1].length > 1 ? "them" : "it",
    against: sides.map(([, where]) => shown(where.map(i => student.penalty[i]))).join(" against "),
  });
  if (student.noise !== 0 || student.truth !== 0 || student.gamma >= 1) {
    return told;
  }
  const weighed = excess.map((value, i) => student.penalty[i] * value);
  const size = weighed.reduce((sum, value) => sum + Math.abs(value), 0);
  const share = size === Infinity ? 1 : size > 0 ? weighed.reduce((sum, value) => sum + value, 0) / size : 0;
  return phrase(Math.abs(share) < balanced ? "in balance" : share > 0 ? "helps" : "hurts", {told});
}

function explained(asked, lamT, lamS, weak, interval) {
  const everywhere = interval && interval[0] === 0 && interval[1] === Infinity;
  let where = !interval ? phrase("wins nowhere") : everywhere ? phrase("wins everywhere")
    : phrase("wins between", {low: interval[0], high: interval[1]});
  if (!isPlain(asked)) {
    return [inWords(asked, weak), where].filter(Boolean).join("; ");
  }
  const {student} = asked, excess = overOf(asked, weak, lamT);
  const signal = asked.world.signal[0];
  const optimum = signal === 0 ? Infinity : best_penalty(asked.teacher.gamma, asked.world.noise, signal);
  if (excess <= 0) {
    return phrase("not under", {sign: excess === 0 ? "=" : ">", optimum});
  }
  let start = phrase("under", {optimum});
  if (!interval) {
    const {gamma} = student;
    return phrase("too little", {start, gamma, ratio: 1 + excess, least: least_threshold(gamma), where});
  }
  if (excess >= 1) {
    start = phrase("useless", {start});
  }
  if (lamS === 0 && student.gamma < 1) {
    where = phrase("repeats", {where});
  }
  return `${start}; ${where}`;
}

// The student's best penalty and its risk there: the best of a grid, closed in upon by golden sections, or 0.
function bestStudent(asked, weak) {
  const risk = lam => studentAt(asked, weak, pointOf(asked.world, asked.student, lam)).risk;
  const grid = logGrid(asked.world, asked.student.penalty), values = grid.map(at => risk(Math.exp(at)));
  const at = values.indexOf(Math.min(...values.filter(value => !Number.isNaN(value))));
  let low = grid[Math.max(at - 1, 0)], high = grid[Math.min(at + 1, grid.length - 1)];
  for (let step = 0; step < 40; step += 1) {
    const third = 0.381966 * (high - low);
    if (risk(Math.exp(low + third)) < risk(Math.exp(high - third))) {
      high -= third;
    } else {
      low += third;
    }
  }
  const lam = Math.exp((low + high) / 2), found = risk(lam), ridgeless = risk(0);
  return ridgeless <= found ? [0, ridgeless] : [lam, found];
}

// Everything the page says about one set of parameters.
function answer(given) {
  const asked = problem(given), {lam_t: lamT, lam_s: lamS} = given;
  const weak = teacherAt(asked, lamT), point = pointOf(asked.world, asked.student, lamS);
  const strong = studentAt(asked, weak, point), ceiling = ceilingAt(asked, point);
  const gain = gainOf(asked, weak, strong), interval = winning(asked, lamT, weak);
  return {
    teacher: weak.risk, student: strong.risk, ceiling, gain,
    pgr: recovered(asked, lamT, lamS, gain, weak.risk, ceiling),
    interval, wins: gain > 0, reason: explained(asked, lamT, lamS, weak, interval),
    kappa_t: weak.kappa, kappa_s: strong.kappa, delta_t: weak.delta, delta_s: strong.delta,
  };
}

// Risks against the student's penalty.
function curves(given, lams) {
  const asked = problem(given), weak = teacherAt(asked, given.lam_t);
  const points = lams.map(lam => pointOf(asked.world, asked.student, lam));
  return {
    lams,
    teacher: weak.risk,
    student: points.map(point => studentAt(asked, weak, point).risk),
    ceiling: points.map(point => ceilingAt(asked, point)),
  };
}
