// What every page does in the browser, with or without a server: filter, theme, ages, links into closed rows.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const filter = $("#filter");
const found = () => $("#found");

export function applyFilter() {
  const words = filter.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  document.body.classList.toggle("filtered", words.length > 0);
  if (!words.length) {
    found().textContent = "";
    return;
  }
  let number = 0;
  for (const place of $$(".place")) {
    let inPlace = false;
    for (const project of $$(".project", place)) {
      let inProject = false;
      for (const row of $$(".endpoint", project)) {
        const matches = words.every((word) => row.dataset.words.includes(word));
        row.classList.toggle("match", matches);
        number += matches;
        inProject ||= matches;
      }
      project.classList.toggle("match", inProject);
      inPlace ||= inProject;
    }
    place.classList.toggle("match", inPlace);
  }
  found().textContent = `${number.toLocaleString("en")} endpoint${number === 1 ? "" : "s"} shown`;
}

function remembered(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(name);
    localStorage.setItem(name, value);
  } catch {
    // A file opened from a disk may have no storage; then the choice lasts as long as the page.
  }
  return null;
}

function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.matches("details.endpoint")) {
    target.open = true;
    target.scrollIntoView({ block: "start" });
    $("summary", target).focus({ preventScroll: true });
  }
}

export function tellAges() {
  for (const time of $$("time[data-age]")) {
    const seconds = Math.max(0, (Date.now() - new Date(time.dateTime)) / 1000);
    const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"]].find(([one]) => seconds >= one) ?? [1, ""];
    const number = Math.floor(seconds / size);
    const told = unit ? `${number} ${unit}${number === 1 ? "" : "s"} ago` : "just now";
    if (time.textContent !== told) time.textContent = told;
  }
}

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]");
}

document.documentElement.dataset.theme = remembered("llama-azure-theme") ?? "";
$("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  remembered("llama-azure-theme", root.dataset.theme);
});

filter.addEventListener("input", applyFilter);
addEventListener("hashchange", openTarget);
addEventListener("click", (event) => {
  const copied = event.target.closest("code.copy, [data-copy]");
  if (copied) copy(copied.dataset.copy ? document.getElementById(copied.dataset.copy).textContent : copied.textContent, copied);
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !typing(event.target)) {
    event.preventDefault();
    filter.focus();
  } else if (event.key === "Escape" && event.target === filter) {
    filter.value = "";
    applyFilter();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches(".endpoint > summary")) {
    const rows = $$(".endpoint > summary").filter((row) => row.checkVisibility?.() ?? true);
    const next = rows[rows.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
});
addEventListener("beforeprint", () => $$("details.steps").forEach((one) => (one.open = true)));

export async function copy(text, near) {
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A browser may keep scripts from the clipboard. Behind an open dialog nothing can be selected.
    const focused = document.activeElement;
    const area = Object.assign(document.createElement("textarea"), { value: text });
    (near?.closest("dialog") ?? document.body).append(area);
    area.select();
    copied = document.execCommand("copy");
    area.remove();
    focused?.focus();
  }
  const status = $("#copied");
  if (status) status.textContent = copied ? "Copied" : "Not copied: select it by hand";
  near?.classList.toggle("was-copied", copied);
  setTimeout(() => {
    if (status) status.textContent = "";
    near?.classList.remove("was-copied");
  }, 1500);
}

setInterval(tellAges, 30_000);
tellAges();
openTarget();
