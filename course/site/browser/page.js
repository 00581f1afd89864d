// The page where the model runs: what is asked for, what arrives, and the walk to be looked at. The model itself works in
// `worker.js`, so that the page answers at once; nothing of it is fetched before somebody asks.
import {gif} from "./gif.js";
import {Said, both, nothing, read} from "./words.js";

const known = JSON.parse(document.getElementById("known").textContent);
const at = id => document.getElementById(id), form = at("cast"), fields = form.elements;
const wanted = new Set(), loaded = new Set();
let worker = null, walking = 0, number = 0, walk = null, replaying = 0;

const say = text => { at("said").textContent = text; };
const field = name => fields[name].value.trim();
const [steps, names] = ["steps", "model"].map(name => [...fields[name].options].map(one => one.value));

/** What the fields ask for, with the sentences as numbers. Raises Said. */
function asked() {
  const {words} = known, seed = field("seed"), guidance = Number(field("guidance").replace(",", "."));
  if (!/^\d{1,19}$/.test(seed) || BigInt(seed) >= 2n ** 63n) throw new Said("A seed is a whole number, 0 or more.");
  if (!field("guidance") || !(guidance >= 0 && guidance <= 100)) throw new Said("Guidance is a number from 0 to 100: 0 ignores the words, 1 follows them.");
  const [across, up] = ["across", "up"].map(name => Number(fields[name].value));
  const sentences = [field("prompt")], shares = [(1 - up) * (1 - across)];
  if (across || up) {
    sentences.push(field("other"), both(field("prompt"), field("other")));
    shares.push((1 - up) * across, up);
  }
  const found = sentences.map(one => read(one, words)), lost = found.slice(0, 2).flatMap(one => one.lost);
  return {
    model: field("model"), seed, guidance, steps: Number(field("steps")), shares, tables: found.map(one => one.numbers),
    news: lost.length ? `There is room for ${words.tokens - 2} words a sentence; left out: ${lost.slice(0, 6).join(" ")}${lost.length > 6 ? " …" : ""}.` : "",
  };
}

// Links: the address holds the cast.

const HELD = ["prompt", "seed", "steps", "guidance", "model", "other", "across", "up"];

function opened() {
  const link = new URLSearchParams(location.search), wrong = [];
  for (const name of HELD.filter(one => link.has(one))) {
    const value = link.get(name).replace(/[\p{C}\s]+/gu, " ").trim().slice(0, 400), input = fields[name];
    if ({steps, model: names}[name]?.includes(value) === false || input.type === "range" && !(value >= 0 && value <= 1)) wrong.push(name);
    else input.value = value;
  }
  if (["other", "across", "up"].some(name => link.has(name))) fields.other.closest("details").open = true;
  if (wrong.length) say(`The link’s ${wrong.join(" and ")} cannot be had here; the page’s own stands instead.`);
}

function hold() {
  const between = Number(fields.across.value) || Number(fields.up.value);
  const held = HELD.filter(name => between || !["other", "across", "up"].includes(name));
  history.replaceState(null, "", "?" + new URLSearchParams(held.map(name => [name, field(name)])));
}

// The model.

const runtime = () => fields.card.checked ? known.card : known.runtime;
const size = () => Object.values(known.models[field("model")].files).concat(worker ? [] : Object.values(runtime()))
  .reduce((sum, file) => sum + file.bytes, 0);

function named() {
  const [across, up] = ["across", "up"].map(name => Number(fields[name].value));
  at("told-across").textContent = `${Math.round(100 * across)} %`;
  at("told-up").textContent = `${Math.round(100 * up)} %`;
  at("both").textContent = `Both: “${both(field("prompt"), field("other"))}”`;
  const model = field("model");
  at("go").textContent = loaded.has(model) ? "Walk" : wanted.has(model) ? "Loading …" : `Load the model, ${(size() / 1e6).toFixed(1)} MB, and walk`;
}

/** Whether there is a graphics card for it; one in software takes seconds a step. */
async function hasCard() {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null), info = adapter?.info || {};
  const named = [info.vendor, info.architecture, info.device, info.description].join(" ");
  return !!adapter && !info.isFallbackAdapter && !adapter.isFallbackAdapter && !/swiftshader|llvmpipe|lavapipe|basic render|software/i.test(named);
}

function failed(sentence) {
  if (worker) worker.terminate();
  worker = null;
  walking = 0;
  wanted.clear();
  loaded.clear();
  at("arriving").hidden = true;
  at("stop").disabled = true;
  say(sentence);
  named();
}

function go() {
  let wish;
  try { wish = asked(); } catch (error) {
    if (!(error instanceof Said)) throw error;
    say(error.message);
    return;
  }
  if (!("WebAssembly" in self)) return say("This browser has no WebAssembly, in which the model runs; it is perhaps switched off.");
  const bytes = size(); // a new worker needs the runtime as well
  if (!worker) {
    worker = new Worker(new URL("worker.js", import.meta.url), {type: "module"});
    worker.onmessage = ({data}) => heard(data);
    worker.onerror = () => failed("The model could not be started: reload the page, or try another browser.");
  }
  say(wish.news);
  if (!wanted.has(wish.model)) {
    wanted.add(wish.model);
    named();
    at("arriving").hidden = false;
    at("arriving").max = bytes;
    worker.postMessage({load: {model: wish.model, runtime: runtime(), card: fields.card.checked, known: known.models[wish.model], nothing: nothing(known.words)}});
  }
  cancelAnimationFrame(replaying);
  walking = ++number;
  walk = {frames: [], steps: wish.steps, shown: -1, name: `${field("prompt").replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60)}-seed${wish.seed}`};
  at("stop").disabled = false;
  at("step").max = wish.steps;
  at("stands").textContent = known.models[wish.model].files.decoder ? "your state, decoded" : "where you stand";
  for (const id of ["replay", "strip", "gif", "step"]) at(id).disabled = true;
  hold();
  at("lost").textContent = "";
  at("step").scrollIntoView({block: "nearest"});
  worker.postMessage({walk: {id: walking, ...wish}});
}

function heard(data) {
  if (data.failed) return failed(data.failed);
  if (data.arrived) at("arriving").value = data.arrived;
  if (data.loaded) {
    loaded.add(data.loaded);
    if (fields.card.checked) at("runs").textContent = data.on === "card" ? "The network runs on the graphics card, which says what PyTorch says."
      : "The graphics card failed, or said other things than PyTorch does; the network runs in WebAssembly instead.";
    at("arriving").hidden = true;
    named();
  }
  if (data.id !== walking || !walking) return;
  if (data.done) return ended(`${walk.steps} ${walk.steps === 1 ? "step" : "steps"} in ${data.done.toFixed(1)} s.`);
  const frame = walk.frames[data.step] ||= {};
  if (data.picture) frame.state = image(data.picture);
  if (data.guessed) frame.guess = image(data.guessed);
  show(walk.frames.length - 1);
}

function ended(sentence) {
  walking = 0;
  at("stop").disabled = true;
  const some = walk.frames.length > 1;
  for (const id of ["replay", "strip", "gif", "step"]) at(id).disabled = !some;
  at("step").max = Math.max(1, walk.frames.length - 1);
  say([at("said").textContent, sentence].filter(Boolean).join(" "));
}

// What is seen.

const image = pixels => new ImageData(pixels, Math.sqrt(pixels.length / 4));

function draw(canvas, picture, name) {
  const brush = canvas.getContext("2d", {willReadFrequently: true}); // a few pixels: no business of the graphics card
  if (picture) brush.putImageData(picture, 0, 0);
  else brush.clearRect(0, 0, canvas.width, canvas.height);
  canvas.setAttribute("aria-label", name);
}

/** The guess made at a step; beside the last state, which has none, stands the last one. */
const guess = k => (walk.frames[k].guess || walk.frames[k - 1]?.guess);

function show(k) {
  const told = `step ${k} of ${walk.steps}`;
  walk.shown = k;
  at("step").value = k;
  at("step").setAttribute("aria-valuetext", told);
  at("at").textContent = told;
  draw(at("state"), walk.frames[k].state, `The state at ${told}`);
  draw(at("guess"), guess(k), `The guess at ${told}`);
}

/** Milliseconds a step, when a walk of so many is replayed. */
const pace = steps => Math.max(40, Math.min(200, 4000 / steps));

function replay() {
  const start = performance.now(), last = walk.frames.length - 1;
  cancelAnimationFrame(replaying);
  const next = now => {
    const k = Math.min(last, Math.max(0, Math.floor((now - start) / pace(last))));
    if (k !== walk.shown) show(k);
    if (k < last) replaying = requestAnimationFrame(next);
  };
  show(0);
  replaying = requestAnimationFrame(next);
}

/** All states in a row, the guesses below them, as a PNG. */
function strip() {
  const side = walk.frames[0].state.width, count = walk.frames.length, scale = Math.max(1, Math.min(4, Math.floor(16000 / side / count)));
  const small = Object.assign(document.createElement("canvas"), {width: side * count, height: 2 * side});
  const large = Object.assign(document.createElement("canvas"), {width: scale * small.width, height: scale * small.height});
  walk.frames.forEach((frame, k) => {
    small.getContext("2d").putImageData(frame.state, k * side, 0);
    small.getContext("2d").putImageData(guess(k), k * side, side);
  });
  const brush = large.getContext("2d");
  brush.imageSmoothingEnabled = false;
  brush.drawImage(small, 0, 0, large.width, large.height);
  const {name} = walk;
  large.toBlob(data => keep(data, `${name}.png`, "The strip loses nothing."));
}

/** All states one after the other, as a GIF. */
async function animation() {
  const {name} = walk, states = walk.frames.map(frame => frame.state);
  at("gif").disabled = true;
  const {file, off} = await gif(states, 256 / states[0].width, pace(states.length - 1), 2000);
  at("gif").disabled = at("strip").disabled; // another walk may have begun
  keep(file, `${name}.gif`, off ? `A GIF has 256 colours a picture, and noise has more: here a pixel is off by up to ${off} of 255 levels. The strip loses nothing.`
    : "No picture of this walk has more than the 256 colours of a GIF: nothing is lost.");
}

function keep(data, name, lost) {
  const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(data), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  at("lost").textContent = lost;
}

form.addEventListener("submit", event => { event.preventDefault(); go(); });
form.addEventListener("input", event => { if (event.target.id !== "step") named(); });
// A hand that rests on a dial asks for that picture.
for (const name of ["across", "up"]) fields[name].addEventListener("change", () => { if (loaded.has(field("model"))) go(); });
at("stop").addEventListener("click", () => {
  if (!walking) return;
  worker.postMessage({});
  ended(`Stopped at step ${Math.max(0, walk.shown)}.`);
});
at("step").addEventListener("input", () => { cancelAnimationFrame(replaying); show(Number(at("step").value)); });
at("replay").addEventListener("click", replay);
at("strip").addEventListener("click", strip);
at("gif").addEventListener("click", animation);
at("where").addEventListener("toggle", async () => {
  const there = await hasCard();
  at("card").hidden = !there;
  if (!there) at("runs").textContent = "In WebAssembly. This browser offers no graphics card for it, or one in software, which would take seconds a step.";
}, {once: true});
fields.card.addEventListener("change", () => failed("")); // what has been loaded is for the other one
at("asleep").hidden = true;
form.hidden = false;
opened();
named();
