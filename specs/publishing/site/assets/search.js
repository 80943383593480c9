// Filters the list that the page holds anyway; without this script the list is all there is.
"use strict";

(() => {
  const SHOWN = 60;
  const field = document.getElementById("q");
  const count = document.getElementById("count");
  const results = document.getElementById("results");
  const everything = document.getElementById("everything");

  const entries = [...everything.querySelectorAll("a")].map((link, place) => {
    const part = (name) => link.querySelector("." + name).textContent.toLowerCase();
    const title = part("name");
    const kind = part("kind");
    const said = [title, kind, part("where"), part("text")].join(" ");
    const all = `${said} ${link.dataset.also || ""}`;
    return { link, place, title, kind, said, all };
  });

  // Lower is better: the name itself, its last part, its beginning, within it, in the words about
  // it, in other words for those.
  function grade({ title, said }, word) {
    if (title === word) return 0;
    if (title.slice(title.lastIndexOf(".") + 1) === word) return 1;
    if (title.startsWith(word)) return 2;
    if (title.includes(word)) return 3;
    return said.includes(word) ? 4 : 5;
  }

  // The worst word counts; then whether the words stand together, and then calls come first.
  function rank(entry, words) {
    const together = entry.all.includes(words.join(" "));
    const worst = Math.max(...words.map((word) => grade(entry, word)));
    return worst * 4 + (together ? 0 : 2) + (entry.kind === "call" ? 0 : 1);
  }

  function find(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    return entries
      .filter((entry) => words.every((word) => entry.all.includes(word)))
      .map((entry) => ({ entry, rank: rank(entry, words) }))
      .sort((a, b) => a.rank - b.rank || a.entry.place - b.entry.place)
      .map(({ entry }) => entry);
  }

  function said(found) {
    if (!found) return "";
    if (!found.length) return "Nothing found. Try a part of a name, such as “refund” or “API.340”.";
    if (found.length > SHOWN) return `${found.length} found, the best ${SHOWN} shown.`;
    return found.length === 1 ? "1 found." : `${found.length} found.`;
  }

  function show() {
    const found = find(field.value);
    everything.hidden = Boolean(found);
    results.hidden = !found || !found.length;
    results.replaceChildren(
      ...(found || []).slice(0, SHOWN).map(({ link }) => {
        const item = document.createElement("li");
        item.append(link.cloneNode(true));
        return item;
      }),
    );
    count.textContent = said(found);
  }

  function remember() {
    const address = new URL(window.location.href);
    if (field.value) address.searchParams.set("q", field.value);
    else address.searchParams.delete("q");
    try {
      window.history.replaceState(null, "", address);
    } catch {
      // A page that was opened from a disk keeps its address.
    }
  }

  const links = () => [...results.querySelectorAll("a")];

  // Not at every key: browsers limit how often an address may change, and fetch the icon each time.
  let pause = 0;
  field.addEventListener("input", () => {
    show();
    window.clearTimeout(pause);
    pause = window.setTimeout(remember, 250);
  });

  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [first] = links();
    if (first) first.click();
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = links();
    const at = all.indexOf(document.activeElement);
    if (!step || !all.length || (at < 0 && document.activeElement !== field)) return;
    if (at < 0 && step < 0) return;
    event.preventDefault();
    const next = at + step;
    if (next < 0) field.focus();
    else if (next < all.length) all[next].focus();
  });

  document.getElementById("keys").hidden = false;
  field.value = new URLSearchParams(window.location.search).get("q") || "";
  show();
  // A reader with a question goes on from the field; a reader of the list begins at the top.
  if (field.value) field.focus();
})();
