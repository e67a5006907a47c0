// Light or dark: as the system is, or as the reader asks.

import { keep, kept } from "./drafts.js";

const system = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : system.matches;
};

/** Let a button change the theme, and tell when it changes. */
export function switchesTheme(button, changed) {
  const asked = kept("theme");
  if (asked) {
    document.documentElement.dataset.theme = asked;
  }
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    keep("theme", document.documentElement.dataset.theme);
    changed();
  });
  system.addEventListener("change", changed);
}
