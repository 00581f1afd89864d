// The model at work, beside the page's own thread. In: {load: …} and {walk: …}, where a walk that is none stops the one on
// its way. Out: what has arrived, each state and guess as it is there, and one sentence where something fails.
import {randn} from "./random.js";
import {Said} from "./words.js";

const models = new Map(), {port1, port2} = new MessageChannel();
let ort = null, wanted = 0, before = Promise.resolve(), started = false;

/** Lets messages in; a timer would be slowed down in a tab that nobody sees. */
const breathe = () => new Promise(done => { port1.onmessage = done; port2.postMessage(0); });

async function fetched({name, bytes, digest}, arrived) {
  const whole = new Uint8Array(bytes), other = new Said(`${name} is not the file that this page was made with: reload the page, or copy the site again.`);
  let at = 0;
  try {
    const answer = await fetch(new URL(`${name}?${digest.slice(0, 16)}`, import.meta.url));
    if (!answer.ok) throw new Said(`The server does not have ${name} (${answer.status}); copy the whole site there.`);
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > bytes) throw other;
      whole.set(part.value, at);
      at += part.value.length;
      arrived(part.value.length);
    }
  } catch (error) {
    throw error instanceof Said ? error : new Said(`The line broke while ${name} was on its way: try again.`);
  }
  // Without https a browser does not reckon digests; the length is known all the same.
  const sum = at === bytes && crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", whole)) : null;
  if (at !== bytes || sum && [...sum].map(one => one.toString(16).padStart(2, "0")).join("") !== digest) throw other;
  return whole;
}

const numbers = text => new Float32Array(Uint8Array.from(atob(text), one => one.charCodeAt(0)).buffer);

/** `runtime`: what runs the model, its script and its wasm; `card`: whether the network is to run on the graphics card. */
async function load({model, runtime, card, known, nothing}) {
  let done = 0;
  const arrived = count => postMessage({arrived: done += count});
  if (!started) {
    ort = await import(new URL(runtime.script.name, import.meta.url)).catch(() => {
      throw new Said(`The line broke while ${runtime.script.name} was on its way: try again.`);
    });
    ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
    ort.env.wasm.wasmBinary = (await fetched(runtime.wasm, arrived)).buffer;
    ort.env.logLevel = "error";
  }
  const files = {}, sessions = {};
  for (const [name, file] of Object.entries(known.files)) files[name] = await fetched(file, arrived);
  for (const name of Object.keys(files).filter(one => one !== "network")) sessions[name] = await session(files[name], "wasm");
  started = true;
  const made = {...known, levels: numbers(known.levels), said: numbers(known.said), sessions, tables: new Map()};
  made.nothing = await table(made, nothing);
  const on = card && await tried(made, files.network, "webgpu").catch(() => false) ? "card" : "processor";
  if (on !== "card" && !await tried(made, files.network, "wasm")) throw new Said("In this browser the model says other things than it should: try another one.");
  await picture(made, begun(made, "0"));
  models.set(model, made);
  postMessage({loaded: model, threads: ort.env.wasm.numThreads, on});
}

const session = (file, provider) => ort.InferenceSession.create(file, {executionProviders: [provider], logSeverityLevel: 3});

/** Sets a network up, and warms it up: the first runs are several times slower than all that follow. False where it does not say what
 *  PyTorch's said: a graphics card is not to be trusted unseen. */
async function tried(made, file, provider) {
  made.sessions.network = await session(file, provider);
  const state = begun(made, "0");
  let said = null;
  for (let k = 0; k < 2; k++) [said] = await answers(made, state, made.levels.length - 1, made.nothing);
  return made.said.every((one, k) => Math.abs(one - said[k * made.sampled]) < 1e-3);
}

const begun = (model, seed) => randn(model.shape.reduce((a, b) => a * b), seed);

/** The table of a sentence, a row a word. */
async function table({sessions, tables}, numbers) {
  const key = numbers.join();
  if (!tables.has(key)) {
    const tokens = new ort.Tensor("int64", BigInt64Array.from(numbers, BigInt), [1, numbers.length]);
    tables.set(key, (await sessions.words.run({tokens})).output.data);
  }
  return tables.get(key);
}

/** What the network says without words and with them. */
async function answers({sessions, shape, nothing}, state, timestep, words) {
  const rows = new Float32Array(2 * words.length), tokens = 16;
  rows.set(nothing);
  rows.set(words, words.length);
  const {output} = await sessions.network.run({
    state: new ort.Tensor("float32", state, [1, ...shape]),
    timestep: new ort.Tensor("int64", BigInt64Array.of(BigInt(timestep)), [1]),
    words: new ort.Tensor("float32", rows, [2, tokens, words.length / tokens]),
  });
  return [output.data.subarray(0, state.length), output.data.subarray(state.length)];
}

/** A state as red, green, blue and opaque, pixel after pixel. */
async function picture({sessions, shape}, state) {
  const planes = sessions.decoder
    ? (await sessions.decoder.run({state: new ort.Tensor("float32", state, [1, ...shape])})).output.data : state;
  const count = planes.length / 3, pixels = new Uint8ClampedArray(4 * count).fill(255);
  for (let plane = 0; plane < 3; plane++)
    for (let k = 0; k < count; k++) pixels[4 * k + plane] = (planes[plane * count + k] + 1) * 127.5; // clamps, rounds to even
  return pixels;
}

/** DDIM without fresh noise (Song et al. 2021, eq. 12), for a network that predicts v (Salimans & Ho 2022, appendix D). The words are
 *  the tables mixed by their shares; from the step that `later` names on, if there is one, its numbers stand for them. */
async function walk({id, model: name, tables, shares, later, seed, steps, guidance}) {
  const model = models.get(name), {levels} = model, stride = levels.length / steps, start = performance.now();
  const parts = [];
  for (const numbers of tables) parts.push(await table(model, numbers));
  const words = parts[0].map((_, k) => parts.reduce((sum, part, j) => sum + (shares[j] && shares[j] * part[k]), 0));
  const other = later && await table(model, later.numbers);
  let state = begun(model, seed);
  postMessage({id, step: 0, state, picture: await picture(model, state)});
  for (let step = 0; step < steps; step++) {
    await breathe();
    if (id !== wanted) return;
    const timestep = levels.length - step * stride - 1, level = levels[timestep];
    const after = timestep - stride < 0 ? 1 : levels[timestep - stride];
    const [without, within] = await answers(model, state, timestep, other && step >= later.step ? other : words);
    const guess = new Float32Array(state.length), next = new Float32Array(state.length);
    const [signal, noise, less, rest] = [level, 1 - level, after, 1 - after].map(Math.sqrt);
    for (let k = 0; k < state.length; k++) {
      const v = without[k] + guidance * (within[k] - without[k]);
      guess[k] = signal * state[k] - noise * v;
      next[k] = less * guess[k] + rest * (signal * v + noise * state[k]);
    }
    state = next;
    postMessage({id, step, guess, guessed: await picture(model, guess)});
    postMessage({id, step: step + 1, state, picture: await picture(model, state)});
  }
  postMessage({id, done: (performance.now() - start) / 1000});
}

async function tell(work) {
  try {
    await work();
  } catch (error) {
    const memory = error instanceof RangeError || /memory|alloc/i.test(error);
    postMessage({failed: error instanceof Said ? error.message : memory
      ? "This browser has not enough memory left for the model: close some pages and try again."
      : `The model does not run in this browser (${String(error.message || error).slice(0, 120)}).`});
  }
}

onmessage = ({data}) => {
  wanted = data.walk ? data.walk.id : data.load ? wanted : 0;
  const work = data.load ? () => load(data.load) : data.walk && (() => data.walk.id === wanted && walk(data.walk));
  if (work) before = before.then(() => tell(work));
};
