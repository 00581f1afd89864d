// Sheets of a chapter between whose pictures the model itself paints: dials stand for the chips; the nearest picture of the
// sheet is there at once, and where the hand rests, the model's own takes its place. Nothing of this is fetched before somebody asks.
import {Said, nothing, read} from "./words.js";

const REST = 400; // milliseconds until a hand rests
const beside = name => new URL(name, import.meta.url);
const made = (kind, properties) => Object.assign(document.createElement(kind), properties);
let live = [], known = null, worker = null, number = 0, current = null, timer = 0;

/** Loads the model for all sheets of the page; `name` is the one whose reader asked. */
export async function wake(sheets, name) {
  if (worker) return;
  if (!live.length) live = sheets.filter(one => one.sheet.dataset.live).map(begun);
  const one = live.find(other => other.name === name), {model} = one;
  if (!("WebAssembly" in self)) return tell(one, "This browser has no WebAssembly, in which the model runs; it is perhaps switched off.");
  worker = new Worker(beside("worker.js"), {type: "module"});
  worker.onmessage = ({data}) => heard(data);
  worker.onerror = () => failed("The model could not be started: reload the page, or try another browser.");
  current = {one, id: 0};
  for (const other of live) other.wake.disabled = true;
  waiting(one, Number(one.sheet.dataset.bytes), 0);
  tell(one, "The model is on its way.");
  try {
    known = await (await fetch(beside("known.json"), {cache: "no-cache"})).json();
  } catch {
    return failed("The line broke while the model was on its way: try again.");
  }
  worker?.postMessage({load: {model, runtime: known.runtime, known: known.models[model], nothing: nothing(known.words)}});
}

/** A sheet with what the model has to know of it. */
function begun(one) {
  const {sheet} = one, bar = made("progress", {hidden: true});
  bar.setAttribute("aria-label", "How far the model is");
  sheet.querySelector(".told").before(bar);
  return {...one, ...JSON.parse(sheet.dataset.live), bar, dials: [], wake: sheet.querySelector(".wake"), told: sheet.querySelector(".told"),
    canvas: made("canvas", {className: "mine"}), caption: made("p", {className: "mine"})};
}

const tell = (one, sentence) => { one.told.textContent = sentence; };

function waiting(one, max, value) {
  one.bar.hidden = false;
  [one.bar.max, one.bar.value] = [max, value];
}

function failed(sentence) {
  worker?.terminate();
  worker = null;
  for (const one of live) {
    one.wake.disabled = one.wake.hidden = false;
    one.bar.hidden = true;
  }
  tell(current.one, sentence);
}

function loaded() {
  for (const one of live.filter(other => other.model === current.one.model)) {
    one.wake.hidden = one.bar.hidden = true;
    if (!one.dials.length) dialled(one);
    tell(one, "Set a dial: the sheet’s nearest picture is there at once, and the model’s own where your hand rests.");
  }
}

// Dials.

const percent = share => `${Number((100 * share).toFixed(1))}%`;
const told = (one, axis) => one.dials[axis] ? one.named(Number(one.dials[axis].value)) : one.fields[axis].querySelector(":checked").nextSibling.textContent;

function dialled(one) {
  one.named = one.later.length ? step => step < one.steps ? String(step) : "never" : percent;
  one.places.forEach((places, axis) => {
    if (!places) return;
    const label = made("label", {className: "dial"}), text = made("b", {}); // no output: a label would take that for what it names
    const dial = made("input", {type: "range", min: places[0], max: places.at(-1), step: one.later.length ? 1 : 0.005, autocomplete: "off"});
    label.append(`${one.fields[axis].querySelector("legend").textContent}: `, text, dial);
    one.fields[axis].append(label);
    one.fields[axis].classList.add("dialled");
    one.fields[axis].querySelector("legend").className = "hidden";
    one.dials[axis] = dial;
    dial.addEventListener("input", () => turned(one));
  });
  follow(one);
  one.sheet.addEventListener("change", event => { if (event.target.type === "radio") chose(one); });
  one.sheet.querySelector(".die").addEventListener("click", () => chose(one));
}

/** Puts the dials where the chips are. */
function follow(one) {
  one.dials.forEach((dial, axis) => { dial.value = one.places[axis][chip(one, axis)]; });
  labelled(one);
}

const chip = (one, axis) => Number(one.fields[axis].querySelector(":checked").value);

function labelled(one) {
  one.dials.forEach((dial, axis) => {
    dial.previousElementSibling.textContent = told(one, axis);
    dial.setAttribute("aria-valuetext", told(one, axis));
  });
}

function chose(one) {
  follow(one);
  rest(one);
}

function turned(one) {
  const near = one.fields.map((field, axis) => one.dials[axis]
    ? one.places[axis].reduce((best, place, k, all) => Math.abs(place - one.dials[axis].value) < Math.abs(all[best] - one.dials[axis].value) ? k : best, 0)
    : chip(one, axis));
  one.show(near.reduce((k, place, axis) => k * one.fields[axis].querySelectorAll("[type=radio]").length + place, 0));
  labelled(one);
  rest(one);
}

/** A hand has moved: what was painted no longer holds, and what is being painted nobody waits for. */
function rest(one) {
  clearTimeout(timer);
  uncovered(one);
  if (!worker) return;
  current.one.bar.hidden = true;
  current = {one, id: 0};
  worker.postMessage({});
  timer = setTimeout(() => paint(one), REST);
}

function uncovered(one) {
  for (const part of [one.canvas, one.caption]) part.remove();
  for (const cell of one.cells) cell.classList.remove("own");
  one.bar.hidden = true;
}

// Painting.

function paint(one) {
  if (!worker) return;
  const {model, seed, steps, guidance, sentences, later, dials} = one, [x, y] = dials.filter(Boolean).map(dial => Number(dial.value));
  const shares = later.length ? [1] : [(1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x];
  const where = one.fields.map((field, axis) => `${field.querySelector("legend").textContent}: ${told(one, axis)}`);
  current = {one, id: ++number, where: where.join(", ").replace(/, ./g, two => two.toLowerCase())};
  try {
    const tables = sentences.map(text => read(text, known.words).numbers);
    const other = later.length ? {step: x, numbers: read(later[later.length > 1 ? chip(one, 0) : 0], known.words).numbers} : null;
    worker.postMessage({walk: {id: number, model, seed, steps, guidance, tables, shares, later: other}});
    waiting(one, steps, 0);
  } catch (error) {
    if (!(error instanceof Said)) throw error;
    tell(one, error.message);
  }
}

function heard(data) {
  if (data.failed) return failed(data.failed);
  if (data.arrived) current.one.bar.value = data.arrived;
  if (data.loaded) return loaded();
  if (!data.id || data.id !== current.id) return;
  const {one, where} = current;
  if (data.picture) [current.picture, one.bar.value] = [data.picture, data.step];
  if (data.done) covered(one, current.picture, where, `Computed now, in your browser: ${one.steps} steps in ${data.done.toFixed(1)} s.`);
}

/** The model's own picture, where the sheet's was. */
function covered(one, picture, where, how) {
  const side = Math.sqrt(picture.length / 4), cell = one.cells.find(other => other.classList.contains("on"));
  one.bar.hidden = true;
  Object.assign(one.canvas, {width: side, height: side});
  one.canvas.getContext("2d", {willReadFrequently: true}).putImageData(new ImageData(picture, side), 0, 0);
  one.canvas.setAttribute("role", "img");
  one.canvas.setAttribute("aria-label", `${one.sheet.querySelector("h3").textContent}. ${where}.`);
  one.caption.textContent = `${where}. ${how}`;
  cell.append(one.canvas, one.caption);
  cell.classList.add("own");
  one.sheet.querySelector("output.hidden").textContent = one.caption.textContent;
}
