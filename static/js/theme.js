// Light or dark: as the system says, unless the reader chose. Loaded before anything is painted.
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
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    button.hidden = false;
    apply();
    button.addEventListener("click", () => {
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
