// The film and its text keep together; where there is no film, nothing happens.
const film = document.querySelector("video"), text = document.querySelector("article");
if (film) {
  const said = [...document.querySelectorAll("[data-from]")].map(
    one => ({one, from: Number(one.dataset.from), to: Number(one.dataset.to)})).sort((a, b) => a.from - b.from);
  const marks = [...document.querySelectorAll(".marks a")], follow = document.querySelector(".follow input");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let now = null, mark = null;
  function keep() {
    const time = film.currentTime;
    const at = said.findLast(line => line.from <= time + 0.05), line = at && time < at.to + 3 ? at.one : null;
    const here = marks.findLast(one => Number(one.dataset.t) <= time + 0.05) || null;
    if (here !== mark) {
      if (mark) mark.removeAttribute("aria-current");
      if (here) here.setAttribute("aria-current", "true");
      mark = here;
    }
    if (line === now) return;
    if (now) now.classList.remove("now");
    now = line;
    if (!now || film.paused && film.currentTime === 0) return;
    now.classList.add("now");
    if (!follow.checked || film.paused) return;
    const box = now.getBoundingClientRect();
    if (box.top < innerHeight * 0.35 || box.bottom > innerHeight * 0.8)
      now.scrollIntoView({block: "center", behavior: calm.matches ? "auto" : "smooth"});
  }
  film.addEventListener("timeupdate", keep);
  film.addEventListener("seeking", keep);
  film.addEventListener("play", () => { document.body.classList.add("playing"); keep(); });
  film.addEventListener("pause", () => document.body.classList.remove("playing"));
  // Whoever scrolls is reading elsewhere.
  for (const kind of ["wheel", "touchmove"])
    text.addEventListener(kind, () => { if (!film.paused) follow.checked = false; }, {passive: true});
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-t]");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    film.currentTime = Number(link.dataset.t);
    film.play().catch(() => {});
  });
}
for (const math of document.querySelectorAll(".line math")) {
  const button = document.createElement("button");
  button.className = "copy";
  button.textContent = "copy";
  button.title = "Copy this equation as MathML";
  button.addEventListener("click", async () => {
    const source = new XMLSerializer().serializeToString(math);
    try { await navigator.clipboard.writeText(source); button.textContent = "copied"; } catch { button.textContent = "not allowed here"; }
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
  math.closest(".line").querySelector(".check").append(button);
}
