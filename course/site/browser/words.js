// What a sentence is to the models: sixteen numbers, one a word. Sentences are data; nothing here makes markup of them.
/** What a reader is told: one sentence. */
export class Said extends Error {}

const parts = text => text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+|[^\p{L}\p{M}\p{N}_\s]/gu) || [];

function distance(a, b) {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length];
}

function nearest(word, {all, glue}) {
  const near = all.filter(one => /^[a-z]+$/.test(one) && !glue.includes(one)).map(one => ({one, far: distance(word, one)}));
  const best = near.sort((a, b) => a.far - b.far)[0];
  return best.far <= Math.max(word.length, best.one.length) / 2 ? best.one : "";
}

/** A sentence's numbers, `<start> … <end>`, padded with `<end>`, and the words for which there was no room. Raises Said. */
export function read(text, words) {
  const found = parts(text), room = words.tokens - 2;
  if (!found.length) throw new Said("There are no words yet: write some, for example “a red fish”.");
  const unknown = [...new Set(found)].filter(one => words.all.indexOf(one) < 1).slice(0, 4);
  if (unknown.length) {
    const short = word => word.length > 24 ? `${word.slice(0, 24)}…` : word;
    const named = unknown.map(one => {
      const near = one.length < 40 && nearest(one, words);
      return `“${short(one)}”${near ? ` (nearest: ${near})` : ""}`;
    });
    throw new Said(`The model never saw ${named.join(", ")}.`);
  }
  const numbers = [words.start, ...found.slice(0, room).map(one => words.all.indexOf(one)), words.end];
  return {numbers: [...numbers, ...Array(words.tokens - numbers.length).fill(words.end)], lost: found.slice(room)};
}

/** What stands for no sentence at all. */
export const nothing = words => [words.start, ...Array(words.tokens - 1).fill(words.end)];

/** “a cat on a pink background”, “a fish” → “a cat and a fish on a pink background”. */
export function both(first, second) {
  const [one, ground] = halves(first), [other, beneath] = halves(second);
  return `${one} and ${other}${ground || beneath}`;
}

function halves(text) {
  const at = text.toLowerCase().search(/\s+on\s/);
  return at < 0 ? [text.trim(), ""] : [text.slice(0, at).trim(), ` ${text.slice(at).trim()}`];
}
