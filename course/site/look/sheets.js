// Sheets of pictures: chips choose one, a die another; the choice stands in the address, or in a link a cast.
const sheets = [...document.querySelectorAll(".sheet")].map(sheet => {
  const cells = [...sheet.querySelectorAll(".cells > li")], fields = [...sheet.querySelectorAll("fieldset")];
  const sizes = fields.map(field => field.querySelectorAll("input").length), news = sheet.querySelector("output");
  const name = sheet.dataset.name;
  let shown = 0;
  function show(number) {
    const k = number < cells.length ? number : 0;
    cells[shown].classList.remove("on");
    cells[shown = k].classList.add("on");
    let rest = k;
    for (let axis = fields.length - 1; axis >= 0; axis--) {
      fields[axis].querySelectorAll("input")[rest % sizes[axis]].checked = true;
      rest = Math.floor(rest / sizes[axis]);
    }
  }
  sheet.addEventListener("change", () => {
    show(fields.reduce((k, field, axis) => k * sizes[axis] + Number(field.querySelector(":checked").value), 0));
    address.put(name, shown);
  });
  sheet.querySelector(".die").addEventListener("click", () => {
    show((shown + 1 + Math.floor(Math.random() * (cells.length - 1))) % cells.length);
    address.put(name, shown);
    news.textContent = cells[shown].querySelector("p").textContent;
  });
  if (sheet.dataset.live && location.protocol !== "file:") {
    // Nothing of the model is fetched before this is pressed, nor the script that shows it.
    const words = `Let the model paint in between (${(sheet.dataset.bytes / 1e6).toFixed(1)} MB)`;
    const wake = Object.assign(document.createElement("button"), {type: "button", className: "die wake", textContent: words});
    const said = Object.assign(document.createElement("p"), {className: "small told", role: "status"});
    wake.addEventListener("click", () => import("./browser/live.js").then(live => live.wake(sheets, name), () => {
      said.textContent = "What paints did not arrive: look after your connection, and reload the page.";
    }));
    sheet.querySelector(".pick").append(wake, said);
  }
  return {sheet, name, cells, fields, show};
});
function chosen() {
  const found = address.get(), named = sheets.filter(one => found.has(one.name));
  for (const one of named) one.show(found.get(one.name));
  return named;
}
addEventListener("hashchange", chosen);
const named = chosen(), note = document.querySelector(".note"), asked = new URLSearchParams(location.search);
if (named.length && !address.get().has("step")) named[0].sheet.scrollIntoView({block: "center"});
if (note && (asked.has("prompt") || asked.has("seed"))) {
  const own = note.dataset;
  const prompt = (asked.get("prompt") || "").replace(/[\p{C}\s]+/gu, " ").trim(), seed = (asked.get("seed") || "").trim();
  const wrong = prompt.length > 300 ? "its prompt is too long" : seed && !/^\d{1,15}$/.test(seed) ? "its seed is no whole number" : prompt || seed ? "" : "it is empty";
  const same = (a, b) => a.toLowerCase() === b.toLowerCase();
  const fits = one => one.prompt && (!prompt || same(one.prompt, prompt)) && (!seed || Number(one.seed) === Number(seed));
  const who = [prompt && `“${prompt}”`, seed && `seed ${Number(seed)}`].filter(Boolean).join(", ");
  const say = (...parts) => note.append(...parts);
  const code = text => Object.assign(document.createElement("code"), {textContent: text});
  // The cast's own other choice goes first: of a prompt alone the picture with the page's seed, and so on.
  const all = sheets.flatMap(one => one.cells.map((cell, k) => ({one, k, ...cell.dataset}))).filter(fits);
  const at = all.find(cell => (prompt || same(cell.prompt, own.prompt)) && (seed || cell.seed === own.seed)) || all[0];
  if (wrong) say(`The link names nobody: ${wrong}. Here is the page’s own cast.`);
  else if (fits(own)) say(`Here is ${who}, as the link wants it.`);
  else if (at) {
    at.one.show(at.k);
    say(`The link’s ${who} `, Object.assign(document.createElement("a"), {href: `#${at.one.sheet.id}`, textContent: "is on this page"}), ".");
    if (!named.length) at.one.sheet.scrollIntoView({block: "center"});
  } else {
    const words = prompt && ` --prompt '${prompt.replaceAll("'", "'\\''")}'`, number = seed && ` --seed ${Number(seed)}`;
    if (own.explore) say(`The link’s ${who} is not on this page; `, Object.assign(document.createElement("a"), {href: own.explore + location.search, textContent: "walk it in your browser"}), ". Or ");
    else say(`The link’s ${who} is not on this page; `);
    say(code(`course render ${own.chapter}${words}${number} --episode`), " and then ", code(`course site ${own.chapter}`), " make a page of it.");
  }
}
