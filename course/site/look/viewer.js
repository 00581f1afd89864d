// Every step of a walk: one number, shown by the strip, the slider and the address alike.
for (const viewer of document.querySelectorAll(".viewer")) {
  const strip = viewer.querySelector(".strip"), range = viewer.querySelector("input"), output = viewer.querySelector("output");
  const [back, on] = viewer.querySelectorAll("button"), last = Number(range.max), slides = [...strip.children];
  let step = 0;
  const there = k => strip.scrollTo({left: k * strip.clientWidth, behavior: "instant"});
  function go(to, by) {
    const k = Math.min(last, Math.max(0, Math.round(to)));
    if (by !== "strip" && by !== "start") there(k);
    if (k === step && by !== "start") return;
    step = k;
    range.value = k;
    range.setAttribute("aria-valuetext", slides[k].querySelector(".at").textContent);
    output.textContent = `step ${k} of ${last}`;
    back.disabled = k === 0;
    on.disabled = k === last;
    if (by !== "start") address.put("step", k);
  }
  function asked() {
    const found = address.get().get("step");
    if (found !== undefined) go(found, "address");
    return found !== undefined;
  }
  strip.addEventListener("scroll", () => {
    if (strip.clientWidth) go(strip.scrollLeft / strip.clientWidth, "strip");
  }, {passive: true});
  range.addEventListener("input", () => go(Number(range.value), "range"));
  back.addEventListener("click", () => go(step - 1, "tap"));
  on.addEventListener("click", () => go(step + 1, "tap"));
  strip.addEventListener("keydown", event => {
    const to = {ArrowRight: step + 1, ArrowLeft: step - 1, Home: 0, End: last}[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(to, "key");
  });
  // A finger scrolls the strip by itself; a mouse drags it.
  let from = null, dragged = 0;
  strip.addEventListener("pointerdown", event => {
    dragged = 0;
    if (event.pointerType === "mouse" && event.button === 0) from = [event.clientX, strip.scrollLeft];
  });
  addEventListener("pointermove", event => {
    if (!from) return;
    dragged = from[0] - event.clientX;
    if (Math.abs(dragged) < 6) return;
    strip.classList.add("held");
    strip.scrollLeft = from[1] + dragged;
  });
  addEventListener("pointerup", () => {
    if (!from) return;
    from = null;
    strip.classList.remove("held");
    if (dragged) there(step);
  });
  // A tap on a picture shows it alone and large, another one the two of them again.
  strip.addEventListener("click", event => {
    const tile = event.target.closest(".tile");
    if (!tile || Math.abs(dragged) > 5) return;
    const kind = tile.classList.contains("guess") ? "on-guess" : "on-state";
    const large = viewer.classList.toggle("large");
    viewer.classList.toggle("on-guess", large && kind === "on-guess");
    viewer.classList.toggle("on-state", large && kind === "on-state");
  });
  new ResizeObserver(() => there(step)).observe(strip);
  addEventListener("hashchange", asked);
  go(0, "start");
  viewer.classList.add("ready"); // its pictures come after all that is needed to use it
  if (asked()) viewer.scrollIntoView({block: "center"});
}
