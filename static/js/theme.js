// Light or dark: the system's choice unless the reader made one. Loaded before the first paint, so that nothing flickers.
{
  const gettext = text => globalThis.catalogue?.messages[text] ?? text; // translate.js is no part of this script
  const LABELS = { system: gettext("Theme: system"), light: gettext("Theme: light"), dark: gettext("Theme: dark") };
  const CHOICES = Object.keys(LABELS);
  const root = document.documentElement;
  let choice = "system";
  // The key "theme" belongs to Django's administration, which refuses "system".
  try {
    choice = localStorage.getItem("site-theme") ?? choice;
  } catch {
    // Storage is blocked: the choice then lasts as long as the page.
  }
  const apply = () => {
    root.dataset.theme = choice;
    const button = document.getElementById("theme-button");
    if (button) button.textContent = LABELS[choice];
  };
  apply();
  // Readers whose zone is UTC in winter and summer need no button for the time zone. Decided here, before the first
  // paint, because a button that appears later would move the header.
  const isNotUtc = [0, 6].some(month => new Date(Date.UTC(2026, month)).getTimezoneOffset() !== 0);
  root.classList.toggle("not-utc", isNotUtc);
  // Lines that the reader does not want to see (hidden_lines.js), before they are painted.
  let hidden = new URLSearchParams(location.search).getAll("hide").join();
  try {
    hidden ||= localStorage.getItem("hide") ?? "";
  } catch {
    // Storage is blocked, as above.
  }
  for (const name of hidden.split(",")) if (/^[a-z]+$/.test(name)) root.classList.add(`hide-${name}`);
  addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme-button").addEventListener("click", () => {
      choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
      try {
        localStorage.setItem("site-theme", choice);
      } catch {
        // Storage is blocked, as above.
      }
      apply();
    });
  });
}
