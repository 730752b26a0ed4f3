// Light or dark: as the system says, unless the reader chose. Loaded before anything is painted, so that nothing moves.
{
  const CHOICES = ["system", "light", "dark"];
  const root = document.documentElement;
  let choice = "system";
  try {
    choice = localStorage.getItem("theme") ?? choice;
  } catch {
    // Storage is forbidden: the choice then lasts as long as the page.
  }
  const apply = () => {
    root.dataset.theme = choice;
    const button = document.getElementById("theme");
    if (button) button.textContent = `Theme: ${choice}`;
  };
  apply();
  const isElsewhere = [0, 6].some(month => new Date(Date.UTC(2026, month)).getTimezoneOffset() !== 0);
  root.classList.toggle("elsewhere", isElsewhere);
  addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme").addEventListener("click", () => {
      choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
      try {
        localStorage.setItem("theme", choice);
      } catch {
        // As above.
      }
      apply();
    });
  });
}
