// Shows below the title of a table which of its columns the screen does not show.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const scroll of document.querySelectorAll(".scroll")) {
    const note = scroll.previousElementSibling;
    const columns = [...scroll.querySelectorAll("thead th")];
    const update = () => {
      const edge = scroll.getBoundingClientRect().right;
      const hidden = columns.filter((column) => column.getBoundingClientRect().right > edge + 2);
      note.hidden = hidden.length === 0 || scroll.clientWidth === 0;
      note.textContent = `${note.dataset.text} ${hidden.map((column) => column.textContent).join(", ")}`;
    };
    scroll.addEventListener("scroll", update, { passive: true });
    new ResizeObserver(update).observe(scroll);
    update();
  }
});
