// A text in a link: compressed, in the part of an address that is never sent.

const MAX_TEXT = 1_000_000; // bytes of a text that a link may unpack to

async function throughStream(bytes, stream, most) {
  const parts = [];
  let size = 0;
  for await (const part of readable(new Blob([bytes]).stream().pipeThrough(stream))) {
    parts.push(part);
    size += part.length;
    if (size > most) {
      throw new RangeError("too long");
    }
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function* readable(stream) {
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    yield part.value;
  }
}

/** The text, packed for a link. */
export async function packed(text) {
  const bytes = await throughStream(text, new CompressionStream("deflate-raw"), Number.POSITIVE_INFINITY);
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The text of a link; null where it holds none. */
export async function unpacked(code) {
  try {
    const letters = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const text = await throughStream(bytes, new DecompressionStream("deflate-raw"), MAX_TEXT);
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch {
    return null;
  }
}
