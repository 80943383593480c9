// Gives the keyboard and the screen reader what Redoc draws for a mouse alone, also where it is drawn later.
"use strict";

(() => {
  const holder = document.getElementById("reference");
  const known = new WeakSet();

  function set(element, name, value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function once(element) {
    if (!element || known.has(element)) return false;
    known.add(element);
    return true;
  }

  function button(element, pressed) {
    set(element, "role", "button");
    set(element, "tabindex", "0");
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      element.click();
      if (pressed) pressed();
    });
  }

  // "Authorizations:" hides schemes, scopes and the names of headers. It never is open at first.
  function authorizations() {
    for (const heading of holder.querySelectorAll("h5")) {
      const control = heading.parentElement;
      if (!/^Authorizations:/.test(heading.textContent) || !once(control)) continue;
      button(control);
      set(control, "aria-expanded", "false");
      control.addEventListener("click", () => {
        set(control, "aria-expanded", control.getAttribute("aria-expanded") === "true" ? "false" : "true");
      });
    }
  }

  // On a narrow screen a round button without a name shows and hides the menu.
  function menu() {
    const list = holder.querySelector(".menu-content");
    const control = list && list.nextElementSibling;
    if (!control) return;
    const open = () => getComputedStyle(list).display !== "none";
    if (once(control)) {
      list.id = "calls";
      button(control, () => window.setTimeout(() => open() && list.querySelector('[role="menuitem"]').focus()));
      set(control, "aria-label", "Calls");
      set(control, "aria-controls", list.id);
      list.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && getComputedStyle(control).display !== "none") control.click();
      });
    }
    const was = control.getAttribute("aria-expanded");
    set(control, "aria-expanded", String(open()));
    if (was === "true" && !open() && list.contains(document.activeElement)) control.focus();
  }

  // Redoc says what is open, or nothing.
  function folds() {
    for (const path of holder.querySelectorAll("button:has(> .http-verb)")) {
      set(path, "aria-expanded", String(path.nextElementSibling.getAttribute("aria-hidden") === "false"));
    }
    for (const answer of holder.querySelectorAll("h3 ~ div > button:not([disabled], [aria-expanded])")) {
      set(answer, "aria-expanded", "false");
    }
    // Its label says "expand" also while the member is open.
    for (const member of holder.querySelectorAll("button:has(> .property-name)")) {
      member.removeAttribute("aria-label");
      set(member, "aria-expanded", String(member.closest("tr").classList.contains("expanded")));
    }
    // The label leaves out the method that is to be seen; without it the text itself is the name.
    for (const item of holder.querySelectorAll('[role="menuitem"]')) {
      item.removeAttribute("aria-label");
      if (!item.querySelector("ul")) item.removeAttribute("aria-expanded");
    }
  }

  // A long list or text ends in words that show the rest of it, and then hide it again.
  function rests() {
    for (const more of holder.querySelectorAll("span + span:last-child, a:not([href])")) {
      if (!/^(?:… \d+ more|See more|Hide|See less)$/.test(more.textContent.trim())) continue;
      if (once(more)) button(more);
      set(more, "aria-expanded", String(!more.textContent.includes("more")));
    }
  }

  // Redoc would have both forms saved under the name of one.
  function downloads() {
    for (const link of holder.querySelectorAll("a[download]")) {
      set(link, "download", link.getAttribute("href").split("/").pop());
    }
  }

  // A path that is too long for its line goes on in the next one after a slash, and is copied as it is.
  function breaks() {
    for (const path of holder.querySelectorAll(".http-verb + span, button:has(> .http-verb) + div [role=button] > div")) {
      if (!once(path)) continue;
      for (const text of [...path.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
        const parts = text.data.split(/(?<=\/)(?=.)/);
        text.replaceWith(...parts.flatMap((part) => [part, document.createElement("wbr")]).slice(0, -1));
      }
    }
  }

  const adapt = () => [breaks, downloads, authorizations, menu, folds, rests].forEach((each) => each());

  new MutationObserver(adapt).observe(holder, {
    attributeFilter: ["aria-expanded", "aria-hidden", "class"], characterData: true, childList: true, subtree: true,
  });
  adapt();
})();
