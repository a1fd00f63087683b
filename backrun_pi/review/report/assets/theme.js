// Chooses light or dark before the first paint, and the buttons for theme and print.
"use strict";
(() => {
  const backrun = (window.backrun = window.backrun || {});
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  let choice = remembered();
  let isPrinting = false;

  // A browser may refuse storage to file:// pages; the choice then lasts as long as the page.
  function remembered() {
    try {
      const kept = window.localStorage.getItem("backrun-theme");
      return kept in NEXT ? kept : "auto";
    } catch {
      return "auto";
    }
  }

  function remember() {
    try {
      window.localStorage.setItem("backrun-theme", choice);
    } catch {
      return;
    }
  }

  function apply() {
    const isDark = !isPrinting && (choice === "dark" || (choice === "auto" && system.matches));
    root.dataset.theme = isDark ? "dark" : "light";
    root.toggleAttribute("data-printing", isPrinting);
    for (const listener of listeners) listener();
  }

  backrun.colour = (name) => window.getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  backrun.onTheme = (listener) => listeners.push(listener);
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("beforeprint", () => { isPrinting = true; apply(); });
  window.addEventListener("afterprint", () => { isPrinting = false; apply(); });

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-do=theme]");
    const label = button.querySelector("[data-theme-name]");
    const show = () => { label.textContent = label.dataset[choice]; };
    button.hidden = false;
    show();
    button.addEventListener("click", () => {
      choice = NEXT[choice];
      remember();
      apply();
      show();
    });
    const print = document.querySelector("[data-do=print]");
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  });
})();
