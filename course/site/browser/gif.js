// Pictures as a GIF: each with up to 256 colours of its own, enlarged without smoothing, over and over.

/** Pictures (ImageData, square) `scale` times as large, `pace` milliseconds each, the last one for `hold`.
 *  Resolves to the file, and to the most by which a channel of a pixel is off: 0 where no picture has more than 256 colours.
 *  In turns of a picture, so that the page answers in between. */
export async function gif(pictures, scale, pace, hold) {
  const side = pictures[0].width, wide = word(scale * side), parts = [];
  let off = 0;
  parts.push(letters("GIF89a"), wide, wide, [0, 0, 0], [0x21, 0xff, 11], letters("NETSCAPE2.0"), [3, 1, 0, 0, 0]);
  for (const [k, picture] of pictures.entries()) {
    const {palette, places, most} = coloured(picture.data), large = new Uint8Array((scale * side) ** 2);
    for (let y = 0, at = 0; y < scale * side; y++)
      for (let x = 0; x < scale * side; x++) large[at++] = places[side * Math.floor(y / scale) + Math.floor(x / scale)];
    off = Math.max(off, most);
    parts.push([0x21, 0xf9, 4, 0], word(Math.round((k + 1 < pictures.length ? pace : hold) / 10)), [0, 0]);
    parts.push([0x2c, 0, 0, 0, 0], wide, wide, [0x87], palette, [8], packed(large), [0]);
    await new Promise(done => setTimeout(done));
  }
  parts.push([0x3b]);
  return {file: new Blob(parts.map(one => Uint8Array.from(one)), {type: "image/gif"}), off};
}

const word = value => [value & 255, value >> 8];
const letters = text => [...text].map(one => one.charCodeAt(0));

/** A palette of 256 and each pixel's place in it. As long as there is room, the box of colours that reaches farthest is cut. */
function coloured(data) {
  const count = data.length / 4, palette = new Uint8Array(768), places = new Uint8Array(count);
  const boxes = [measured(data, [...Array(count).keys()])];
  while (boxes.length < 256) {
    const widest = boxes.reduce((best, one) => one.reach > best.reach ? one : best);
    if (!widest.reach) break;
    const {channel, middle, pixels} = widest, value = k => data[4 * k + channel];
    boxes[boxes.indexOf(widest)] = measured(data, pixels.filter(k => value(k) <= middle));
    boxes.push(measured(data, pixels.filter(k => value(k) > middle)));
  }
  let most = 0;
  for (const [place, {low, high, pixels}] of boxes.entries()) {
    for (let c = 0; c < 3; c++) {
      palette[3 * place + c] = (low[c] + high[c]) >> 1;
      most = Math.max(most, (high[c] - low[c] + 1) >> 1);
    }
    for (const k of pixels) places[k] = place;
  }
  return {palette, places, most};
}

function measured(data, pixels) {
  const low = [255, 255, 255], high = [0, 0, 0];
  for (const k of pixels) {
    for (let c = 0; c < 3; c++) {
      low[c] = Math.min(low[c], data[4 * k + c]);
      high[c] = Math.max(high[c], data[4 * k + c]);
    }
  }
  const reaches = low.map((one, c) => high[c] - one), reach = Math.max(...reaches), channel = reaches.indexOf(reach);
  return {low, high, pixels, reach, channel, middle: low[channel] + (reach - 1) / 2};
}

/** Bytes as GIF's LZW has them: codes of 9 to 12 bits, in blocks of at most 255 bytes. */
function packed(bytes) {
  const CLEAR = 256, END = 257, known = new Uint16Array(4096 << 8), out = [];
  let bits = 0, held = 0, wide = 9, next = END + 1, block = out.push(0) - 1;
  const put = code => {
    for (bits |= code << held, held += wide; held >= 8; held -= 8, bits >>= 8) byte(bits & 255);
  };
  const byte = one => {
    if (out.length - block > 255) block = out.push(0) - 1;
    out.push(one);
    out[block]++;
  };
  put(CLEAR);
  let code = bytes[0];
  for (let k = 1; k < bytes.length; k++) {
    const longer = code << 8 | bytes[k];
    if (known[longer]) {
      code = known[longer];
      continue;
    }
    put(code);
    code = bytes[k];
    if (next < 4096) {
      if (next === 1 << wide) wide++;
      known[longer] = next++;
    } else {
      put(CLEAR);
      known.fill(0);
      [wide, next] = [9, END + 1];
    }
  }
  put(code);
  if (next === 1 << wide && wide < 12) wide++;
  put(END);
  if (held) byte(bits & 255);
  return out;
}
