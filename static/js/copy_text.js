// Buttons, and those that copy and say so: here those beside commands and addresses that are there to be copied.
import { gettext } from "./translate.js";

const DONE_MS = 2000;

export const copyText = async (button, text) => {
  const label = button.textContent;
  // Browsers may refuse it.
  const isCopied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
  button.textContent = isCopied ? gettext("Copied") : gettext("Not copied");
  setTimeout(() => {
    button.textContent = label;
  }, DONE_MS);
};

export const makeButton = (text, act) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
};

for (const code of navigator.clipboard ? document.querySelectorAll(".copyable, .sign-in-code, .commands code") : []) {
  const button = makeButton(gettext("Copy"), () => copyText(button, code.textContent));
  button.className = "copy-button";
  code.after(button);
}
