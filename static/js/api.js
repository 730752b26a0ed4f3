// The API's documentation page: sends a form as a request, and shows the response and the same request with curl.
import { gettext } from "./translate.js";

const MAX_SHOWN_CHARACTERS = 200_000;

for (const form of document.querySelectorAll("form.try-form")) {
  form.addEventListener("submit", event => {
    event.preventDefault();
    sendRequest(form);
  });
}

// The address and the headers that the form's fields describe.
function buildRequest(form) {
  let path = form.getAttribute("action");
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll("input")) {
    if (input.type === "checkbox" ? !input.checked : !input.value) continue;
    const place = input.dataset.parameterIn;
    // A channel's path drops one leading # (docs/api.md).
    if (place === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value.replace(/^#(?![#&+!]|$)/, "")));
    else if (place === "header") headers[input.name] = input.value;
    else query.append(input.name, input.value);
  }
  const queryText = query.toString();
  return [path + (queryText ? `?${queryText}` : ""), headers];
}

async function sendRequest(form) {
  const output = form.parentElement.querySelector(".try-response");
  const [address, headers] = buildRequest(form);
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = `Bearer ${token}`;
  output.hidden = false;
  output.querySelector(".curl-command").textContent = curlCommand(address, headers);
  const body = output.querySelector(".response-body");
  const status = output.querySelector(".response-status");
  body.textContent = "";
  status.textContent = gettext("Sending …");
  const stop = output.querySelector(".stop-button");
  const control = new AbortController();
  stop.onclick = () => control.abort();
  stop.hidden = false;
  try {
    // Without cookies: programs have none, and the page shows what a program would receive.
    const response = await fetch(address, { headers, credentials: "omit", signal: control.signal });
    status.textContent = `${response.status} ${response.statusText}, ${response.headers.get("Content-Type") ?? gettext("no content")}`;
    await showBody(response, body);
  } catch (error) {
    status.textContent = control.signal.aborted
      ? gettext("%(status)s (stopped)", { status: status.textContent })
      : gettext("No response: %(error)s", { error: error.message });
  }
  stop.hidden = true;
}

async function showBody(response, body) {
  if (response.headers.get("Content-Type")?.includes("json")) {
    body.textContent = JSON.stringify(await response.json(), null, 2).slice(0, MAX_SHOWN_CHARACTERS);
    return;
  }
  // A stream has no end: each chunk is shown as it arrives.
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    body.textContent = (body.textContent + chunk.value).slice(-MAX_SHOWN_CHARACTERS);
  }
}

// The token is not shown: the command is made to be copied and passed on.
function curlCommand(address, headers) {
  const quote = text => `'${text.replaceAll("'", "'\\''")}'`;
  const options = Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${name === "Authorization" ? "Bearer …" : value}`)}`);
  return ["curl -N", ...options, quote(new URL(address, location.href).href)].join(" ");
}
