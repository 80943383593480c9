// Gives each block of code, and what is marked for it, a button that copies it.
"use strict";

(() => {
  async function copy(element) {
    if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
    // A page without TLS has no clipboard, and copies what is selected.
    window.getSelection().selectAllChildren(element);
    document.execCommand("copy");
    window.getSelection().removeAllRanges();
  }

  function add(element) {
    const button = document.createElement("button");
    const said = document.createElement("span");
    const what = document.createElement("span");
    button.type = "button";
    button.className = "copy";
    said.textContent = "Copy";
    said.setAttribute("aria-live", "polite");
    what.className = "hidden";
    const block = element.closest("pre");
    what.textContent = ` ${block ? block.getAttribute("aria-label") || "this code" : element.textContent}`;
    button.append(said, what);
    button.addEventListener("click", async () => {
      await copy(element);
      said.textContent = "Copied";
      window.setTimeout(() => { said.textContent = "Copy"; }, 2000);
    });
    if (!block) return element.after(button);
    const frame = document.createElement("div");
    frame.className = "code";
    block.replaceWith(frame);
    frame.append(block, button);
  }

  document.querySelectorAll("pre > code, [data-copy]").forEach(add);
})();
