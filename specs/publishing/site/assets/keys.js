// "/" leads to the search field, as the field's aria-keyshortcuts promises.
"use strict";

document.addEventListener("keydown", (event) => {
  const target = event.target;
  const writing = target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  const field = document.getElementById("q");
  if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey || !field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
