// Numbers as they are shown and as they are typed: the format of autograd/formatting/figures.py, written once more.

const MINUS = "−";
const DIGITS = 6;

/** The decimal digits of a positive finite number, rounded half to even, and its power of ten. */
function rounded(x, digits) {
  const [mantissa, power] = x.toExponential(100).split("e"); // exact as far as a tie can reach
  const all = mantissa.replace(".", "");
  const kept = all.slice(0, digits);
  const rest = all.slice(digits);
  const half = `5${"0".repeat(rest.length - 1)}`;
  const odd = Number(kept.at(-1)) % 2 === 1;
  if (rest < half || (rest === half && !odd)) {
    return [kept, Number(power)];
  }
  const up = String(BigInt(kept) + 1n);
  return up.length > digits ? [up.slice(0, digits), Number(power) + 1] : [up, Number(power)];
}

/** A number as text: so many significant digits, a true minus sign. */
export function number(x, digits = DIGITS) {
  if (Number.isNaN(x)) {
    return "nan";
  }
  const sign = x < 0 ? MINUS : "";
  if (x === 0) {
    return "0"; // of either sign, as on paper
  }
  const size = Math.abs(x);
  if (size === Infinity) {
    return `${sign}inf`;
  }
  const [text, power] = rounded(size, digits);
  const trimmed = (whole, part) => {
    const end = part.replace(/0+$/, "");
    return end ? `${whole}.${end}` : whole;
  };
  if (power < -4 || power >= digits) {
    const exponent = String(power).replace("-", MINUS);
    return `${sign}${trimmed(text[0], text.slice(1))}e${exponent}`;
  }
  if (power < 0) {
    return sign + trimmed("0", "0".repeat(-power - 1) + text);
  }
  return sign + trimmed(text.slice(0, power + 1), text.slice(power + 1));
}

/** The same with its sign always written, for summands. */
export function signed(x) {
  const text = number(x);
  return text.startsWith(MINUS) || text === "nan" ? text : `+${text}`;
}

const SPECIAL = new Map([
  ["inf", Infinity],
  ["+inf", Infinity],
  ["-inf", -Infinity],
  ["nan", NaN],
]);
const SHOWN = 40; // characters of a text that is refused

const asTyped = (text) => text.trim().replaceAll(MINUS, "-").replace(",", ".").toLowerCase();

/** Why a text is no number that a leaf can hold, as a sentence; empty if it is one. */
export function refusal(text) {
  const plain = asTyped(text);
  const shown = text.trim().slice(0, SHOWN);
  if (SPECIAL.has(plain)) {
    return "";
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain)) {
    return `“${shown}” is no number: write one such as 0.15, ${MINUS}2 or 1e${MINUS}3.`;
  }
  if (!Number.isFinite(Number(plain))) {
    return `${shown} is too large for a float: the largest is 1.8e308.`;
  }
  if (Number(plain) === 0 && /[1-9]/.test(plain.split("e")[0])) {
    return `${shown} is too small for a float: write 0, or a number from 4.9e${MINUS}324 on.`;
  }
  return "";
}

/** The number that was typed, or null: −0.5, .5, 1e-300, 1,5, inf and nan are numbers. */
export function typed(text) {
  const plain = asTyped(text);
  return refusal(text) ? null : (SPECIAL.get(plain) ?? Number(plain));
}

/** A number in full, as it can be typed again. */
export function inFull(x) {
  if (Number.isNaN(x)) {
    return "nan";
  }
  if (Math.abs(x) === Infinity) {
    return x < 0 ? `${MINUS}inf` : "inf";
  }
  return (Object.is(x, -0) ? "-0" : String(x)).replaceAll("-", MINUS);
}

/** A number of the page's data; one that is not finite is a text there. */
export function decoded(x) {
  return typeof x === "string" ? typed(x) : x;
}
