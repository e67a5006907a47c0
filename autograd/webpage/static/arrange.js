// Where everything is: all nodes on cards of their own, or groups folded, some of them open.
//
// A *unit* is a node or a group, by its number. What is open takes more room than its folded card: everything to the
// right of it and below it moves away, and nothing else changes. So cards that did not overlap do not overlap then.

const PAIR = /(-?[\d.]+),(-?[\d.]+)/g;
const ROOM = 16; // pixels beside an open group, in which its lines meet

/** The points that a line is drawn through, with those that it is drawn towards. */
export const points = (d) => [...d.matchAll(PAIR)].map(([, x, y]) => [Number(x), Number(y)]);

const moved = (d, move) =>
  d.replace(PAIR, (_, x, y) =>
    move(Number(x), Number(y))
      .map((z) => z.toFixed(1))
      .join(),
  );

/** A curve that is level where it begins and ends. */
const bend = ([x, y], [toX, toY]) =>
  Math.abs(y - toY) < 0.05 ? `L${toX},${toY}` : `C${(x + toX) / 2},${y} ${(x + toX) / 2},${toY} ${toX},${toY}`;

/** The function that moves a coordinate so that each span, from and to, has the room that it needs. */
function stretched(spans) {
  const inserted = [];
  const move = (at) => inserted.reduce((sum, [place, room]) => (place <= at ? sum + room : sum), at);
  for (const [start, end, needed] of spans.sort((a, b) => a[1] - b[1])) {
    const lacking = needed - (move(end) - move(start));
    if (lacking > 0) {
      inserted.push([end, lacking]);
    }
  }
  return move;
}

/** A line of a view. It has a head at either end that touches a card, and notes where it is the line of an edge. */
const whole = ([d, , , edges]) => ({ d, edges, starts: true, ends: true, noted: true });

/** A view with every group folded but those that are open. */
export function arrange({ folded, units }, open) {
  const opened = folded.places.filter(([unit]) => open.has(unit));
  if (opened.length === 0) {
    return asDrawn(folded);
  }
  const span = (axis) => (place) => {
    const { size, inside } = units[place[0]];
    return [place[1 + axis], place[1 + axis] + size[axis], inside.size[axis] + 2 * ROOM * (1 - axis)];
  };
  const across = stretched(opened.map(span(0)));
  const down = stretched(opened.map(span(1)));
  const corners = new Map(
    folded.places.map(([unit, x, y]) => [unit, [across(x) + (open.has(unit) ? ROOM : 0), down(y)]]),
  );
  const inner = new Map(); // the piece of each edge inside of each open group
  const lines = [];
  for (const [unit] of opened) {
    const [left, top] = corners.get(unit);
    const { inside, members } = units[unit];
    for (const [d, at, index] of inside.lines) {
      const placed = moved(d, (x, y) => [x + left, y + top]);
      inner.set(`${unit} ${at}-${index}`, placed);
      const ends = members.includes(at);
      const starts = members.includes(units[at].parents[index]);
      lines.push({ d: placed, edges: [[at, index]], starts, ends, noted: ends });
    }
  }
  for (const line of folded.lines) {
    lines.push(...outer(line, { units, open, corners, inner, move: (x, y) => [across(x), down(y)] }));
  }
  return {
    size: [across(folded.size[0]), down(folded.size[1])],
    frames: [
      ...folded.frames.map(([x, y, wide, high, title]) => [
        across(x),
        down(y),
        across(x + wide) - across(x),
        down(y + high) - down(y),
        title,
      ]),
      ...opened.map(([unit]) => [...corners.get(unit), ...units[unit].inside.size, units[unit].name, unit]),
    ],
    places: folded.places.flatMap(([unit]) => {
      const [left, top] = corners.get(unit);
      const parts = open.has(unit) ? units[unit].inside.places : [[unit, 0, 0]];
      return parts.map(([part, x, y]) => [part, x + left, y + top]);
    }),
    lines,
  };
}

export const asDrawn = (view) => ({ ...view, lines: view.lines.map(whole) });

/** A line between two units: moved, and led to the cards that it touches, or to the lines in an open group. */
function outer([d, from, to, edges], { units, open, corners, inner, move }) {
  const path = moved(d, move);
  const all = points(path);
  const [fromX, fromY] = corners.get(from);
  const [toX, toY] = corners.get(to);
  const size = (unit) => (open.has(unit) ? units[unit].inside : units[unit]).size;
  const start = [open.has(from) ? all[0][0] : fromX + size(from)[0], within(all[0][1], fromY, size(from)[1])];
  const into = open.has(to) ? toY + units[to].inside.ins[from] : within(all.at(-1)[1], toY, size(to)[1]);
  const joints = open.has(from) ? edges : [];
  const lines = joints.map(([at, index]) => {
    const exit = points(inner.get(`${from} ${at}-${index}`)).at(-1);
    const joint = { edges: [[at, index]], starts: false, ends: false, noted: false };
    return { d: `M${exit} ${bend(exit, start)}`, ...joint };
  });
  const drawn = between(path, start, [toX, into]);
  lines.push({
    ...whole([drawn, from, to, edges]),
    starts: !open.has(from),
    ends: !open.has(to),
    noted: !open.has(to),
  });
  return lines;
}

/** A path that begins and ends elsewhere, level there. */
function between(path, start, end) {
  const pieces = path
    .match(/[A-Z][^A-Z]*/g)
    .slice(1)
    .flatMap((piece) => pieceByPiece(piece));
  let at = start;
  const drawn = pieces.map((piece, place) => {
    const [isFirst, isLast] = [place === 0, place === pieces.length - 1];
    const before = at;
    at = isLast ? end : piece.at(-1);
    if (piece.length === 1 || (isFirst && isLast)) {
      return bend(before, at);
    }
    const [[x1, y1], [x2, y2]] = piece;
    return `C${x1},${isFirst ? before[1] : y1} ${x2},${isLast ? at[1] : y2} ${at}`;
  });
  return `M${start} ${drawn.join(" ")}`;
}

/** The pieces of a command of a path, each as its points: one of a straight piece, three of a curve. */
function pieceByPiece(command) {
  const all = points(command);
  const each = command.startsWith("C") ? 3 : 1;
  return Array.from({ length: all.length / each }, (_, at) => all.slice(at * each, (at + 1) * each));
}

const within = (y, top, high) => Math.min(top + high - 8, Math.max(top + 8, y));
