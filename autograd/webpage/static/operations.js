// The forward computations of the table's rows that call a Python function or have a condition.
//
// Every other row, and every partial derivative, is printed from the table itself. A row here does
// what `autograd/table/ops.py` says, and fails where Python fails, with the same words.

/** An operation, or its derivative, at a point where it is not defined. */
export class DomainError extends Error {}

const BY_ZERO = "divides by zero";
const NOT_REAL = "is not a real number";
export const TOO_LARGE = "is too large for a float";

/** The result of a function, if it is finite or its argument is not; an error otherwise. */
function within(y, x) {
  if (Math.abs(y) === Infinity && Math.abs(x) !== Infinity) {
    throw new DomainError(TOO_LARGE);
  }
  return y;
}

/** The result of a periodic function; an error for an infinite argument. */
function turning(x, f) {
  if (Math.abs(x) === Infinity) {
    throw new DomainError(NOT_REAL);
  }
  return f(x);
}

/** The error function, which JavaScript lacks: its series at 0, and further out the continued fraction of erfc. */
function erf(x) {
  const a = Math.abs(x);
  if (!(a < 6)) {
    return Number.isNaN(x) ? x : Math.sign(x); // 1 − erf(6) is 2e−17
  }
  let sum;
  if (a < 2.5) {
    let term = x; // 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)), all of one sign
    sum = x;
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return operations.bell(x) * sum;
  }
  let below = a; // erfc(x) = e^(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …))))
  for (let n = 60; n > 0; n--) {
    below = a + n / 2 / below;
  }
  return Math.sign(x) * (1 - operations.bell(a) / 2 / below);
}

export const operations = {
  div(a, b) {
    if (b === 0) {
      throw new DomainError(BY_ZERO);
    }
    return a / b;
  },
  pow(a, b) {
    if (b === 0 || a === 1) {
      return 1; // whatever the other one is, also nan
    }
    if (Number.isNaN(b)) {
      return b;
    }
    if (a === -1 && Math.abs(b) === Infinity) {
      return 1;
    }
    if (a === 0 && b < 0 && b !== -Infinity) {
      throw new DomainError(BY_ZERO);
    }
    if (a < 0 && a !== -Infinity && Math.abs(b) !== Infinity && b !== Math.floor(b)) {
      within(Math.abs(a) ** b, a);
      throw new DomainError(NOT_REAL);
    }
    return Math.abs(b) === Infinity ? a ** b : within(a ** b, a);
  },
  monomial(c, a, b) {
    return c === 0 ? c : c * operations.pow(a, b);
  },
  portion: (a, b) => (a === 0 && Math.abs(b) === Infinity ? a : a * b),
  xlogy(x, y) {
    return x === 0 && y >= 0 ? x : x * operations.log(y);
  },
  abs: (x) => Math.abs(x),
  exp: (x) => within(Math.exp(x), x),
  expm1: (x) => within(Math.expm1(x), x),
  log(x) {
    if (x <= 0) {
      throw new DomainError(NOT_REAL);
    }
    return Math.log(x);
  },
  sqrt(x) {
    if (x < 0) {
      throw new DomainError(NOT_REAL);
    }
    return Math.sqrt(x);
  },
  sin: (x) => turning(x, Math.sin),
  cos: (x) => turning(x, Math.cos),
  atan: (x) => Math.atan(x),
  erf: (x) => erf(x),
  bell: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  tanh: (x) => Math.tanh(x),
  sigmoid(x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    const e = Math.exp(x);
    return e / (1 + e);
  },
  softplus: (x) => (Number.isNaN(x) ? x : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x, slope) => (x <= 0 ? slope * x : x),
  elu: (x, alpha) => (x <= 0 ? alpha * operations.expm1(x) : x),
  maximum: (a, b) => (a >= b || Number.isNaN(a) ? a : b),
  minimum: (a, b) => (a <= b || Number.isNaN(a) ? a : b),
  sign: (x) => (Number.isNaN(x) ? x : Number(x > 0) - Number(x < 0)),
  step: (x) => (Number.isNaN(x) ? x : Number(x > 0)),
  above(a, b) {
    if (a === b) {
      return 0.5;
    }
    return Number.isNaN(a) || Number.isNaN(b) ? NaN : Number(a > b);
  },
  logaddexp(a, b) {
    if (a === b) {
      return a + Math.log(2); // two infinities have no difference
    }
    return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  },
  exp_less: (a, t) => (1 - t) * operations.exp(a) + t * operations.expm1(a),
  sigmoid_less: (x, t) => {
    const within = Math.min(Math.max(t, 0), 1);
    return (1 - within) * operations.sigmoid(x) - within * operations.sigmoid(-x) - (t - within);
  },
};
