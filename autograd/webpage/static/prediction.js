// Judge a prediction: right if it is correct to the digits written. The rules and messages of the stepper.

import { number } from "./numbers.js";

const DIGITS = 3; // significant ones that an answer has at least
const LONGEST = 100; // characters of an answer
const MOST = 400; // powers of ten of a number in an answer
export const HOW = "a number, a/b or a*b; ? shows it, ?? shows the step";

// -- Fractions: a numerator and a positive denominator -------------------------------------------

const ten = (power) => (power < 0 ? [1n, 10n ** BigInt(-power)] : [10n ** BigInt(power), 1n]);
const times = ([a, b], [c, d]) => [a * c, b * d];
const over = ([a, b], [c, d]) => (c < 0n ? [-a * d, -b * c] : [a * d, b * c]);
const size = ([a, b]) => [a < 0n ? -a : a, b];
const minus = ([a, b], [c, d]) => [a * d - c * b, b * d];
const atMost = ([a, b], [c, d]) => a * d <= c * b;

/** A float as the fraction that it is. */
function exactly(x) {
  if (x === 0) {
    return [0n, 1n];
  }
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) & 0x7ff;
  const hidden = exponent ? 0x100000 : 0;
  const mantissa = (BigInt((high & 0xfffff) | hidden) << 32n) | BigInt(bits.getUint32(4));
  const power = BigInt((exponent || 1) - 1075);
  const signed = x < 0 ? -mantissa : mantissa;
  return power < 0n ? [signed, 1n << -power] : [signed << power, 1n];
}

// -- Reading an answer ---------------------------------------------------------------------------

/** A decimal as a fraction, the power of ten of its last digit, and how many digits it has. */
function decimal(text) {
  const read = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text.trim());
  if (!read || read[2] + read[3] === "") {
    return null;
  }
  const power = Number(read[4] ?? 0) - read[3].length;
  const digits = (read[2] + read[3]).replace(/^0+(?=.)/, "");
  if (Math.abs(power + digits.length - 1) > MOST) {
    return null;
  }
  const whole = BigInt(digits) * (read[1] === "-" ? -1n : 1n);
  return { value: times([whole, 1n], ten(power)), power, digits: digits.length };
}

/** The value of an answer, the unit of its last digit, and how many digits are significant. */
function read(answer) {
  if (answer.length > LONGEST) {
    return null;
  }
  const plain = answer.replaceAll("−", "-").replace(/[×·]/g, "*").replaceAll(",", ".");
  const [first, ...rest] = plain.split(/\s*([*/])\s*/);
  const start = decimal(first);
  let value = start?.value;
  for (let at = 0; value && at < rest.length; at += 2) {
    const factor = decimal(rest[at + 1]);
    if (!factor || (rest[at] === "/" && factor.value[0] === 0n)) {
      return null;
    }
    value = rest[at] === "*" ? times(value, factor.value) : over(value, factor.value);
  }
  if (!value) {
    return null;
  }
  if (value[0] === 0n) {
    return { value, unit: [0n, 1n], digits: rest.length ? DIGITS : start.digits }; // 0 is no rounded number
  }
  if (rest.length) {
    const power = magnitude(size(value));
    return { value, unit: ten(power - DIGITS + 1), digits: DIGITS };
  }
  return { value, unit: ten(start.power), digits: start.digits };
}

/** The power of ten of the first digit of a positive fraction. */
function magnitude([a, b]) {
  const power = String(a).length - String(b).length;
  return atMost(ten(power), [a, b]) ? power : power - 1;
}

// -- Judging -------------------------------------------------------------------------------------

const NOTHING = [0n, 1n];

/** True if a fraction agrees with a float to half of the unit, or as nearly as floats do. */
function equal(value, x, unit) {
  if (!Number.isFinite(x)) {
    return false;
  }
  const exact = exactly(x);
  const apart = size(minus(value, exact));
  return atMost(apart, over(unit, [2n, 1n])) || atMost(apart, over(size(exact), [10n ** 9n, 1n]));
}

/** A sentence on the number that the answer is instead, where that is recognized. */
function mistake(value, unit, { upstream, local, contribution, total }) {
  if (equal(value, -contribution, unit)) {
    return "the sign";
  }
  if (equal(value, local, unit)) {
    return "that is the local derivative alone, without the upstream";
  }
  if (equal(value, upstream, unit)) {
    return "that is the upstream alone, without the local derivative";
  }
  if (equal(value, total, unit)) {
    return "that is the sum after it, and the contribution is asked for";
  }
  return "";
}

/** True or false for an answer, null where it has to be asked for again; and the reason. */
export function judge(written, term) {
  const answer = written.trim();
  const truth = term.contribution;
  const working = `${number(term.upstream)} × ${number(term.local)} = ${number(truth)}`;
  if (answer === "" || answer === "?") {
    return { right: false, words: `it is ${working}` };
  }
  if (!Number.isFinite(truth)) {
    const right = answer.replaceAll("−", "-").toLowerCase().replace(/^\++/, "") === number(truth).replace("−", "-");
    return { right, words: right ? "right" : `no: it is ${working}` };
  }
  const found = read(answer);
  if (!found) {
    return { right: null, words: `“${answer.slice(0, LONGEST)}” is no number: write ${HOW}` };
  }
  const { value, unit, digits } = found;
  if (equal(value, truth, unit)) {
    if (digits < DIGITS && !equal(value, truth, NOTHING)) {
      return { right: null, words: `right as far as it goes: please write ${DIGITS} significant digits` };
    }
    return { right: true, words: "right" };
  }
  const what = mistake(value, digits >= DIGITS ? unit : NOTHING, term);
  return { right: false, words: what ? `no: ${what}; it is ${working}` : `no: it is ${working}` };
}
