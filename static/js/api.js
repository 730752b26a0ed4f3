// The page of the API: sends what a form says, shows the answer and how to ask for it with curl.

const MOST_SHOWN = 200_000; // characters

for (const form of document.querySelectorAll("form.try")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
}

function addressOf(form) {
  let path = form.getAttribute("action");
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll("input")) {
    if (input.type === "checkbox" ? !input.checked : !input.value) continue;
    if (input.dataset.place === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value.replace(/^#(?![#&+!]|$)/, "")));
    else if (input.dataset.place === "header") headers[input.name] = input.value;
    else query.append(input.name, input.value);
  }
  const rest = query.toString();
  return [path + (rest ? `?${rest}` : ""), headers];
}

async function ask(form) {
  const place = form.parentElement.querySelector(".answer");
  const [address, headers] = addressOf(form);
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = `Bearer ${token}`;
  place.hidden = false;
  place.querySelector(".curl").textContent = curl(address, headers);
  const body = place.querySelector(".body");
  const asked = place.querySelector(".asked");
  body.textContent = "";
  asked.textContent = "Asking …";
  const stop = place.querySelector(".stop");
  const control = new AbortController();
  stop.onclick = () => control.abort();
  stop.hidden = false;
  try {
    const answer = await fetch(address, { headers, credentials: "omit", signal: control.signal });
    asked.textContent = `${answer.status} ${answer.statusText}, ${answer.headers.get("Content-Type") ?? "no content"}`;
    await show(answer, body);
  } catch (error) {
    asked.textContent = control.signal.aborted ? `${asked.textContent} (stopped)` : `No answer: ${error.message}`;
  }
  stop.hidden = true;
}

async function show(answer, body) {
  if (answer.headers.get("Content-Type")?.includes("json")) {
    body.textContent = JSON.stringify(await answer.json(), null, 2).slice(0, MOST_SHOWN);
    return;
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    body.textContent = (body.textContent + piece.value).slice(-MOST_SHOWN);
  }
}

function curl(address, headers) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const told = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${name === "Authorization" ? "Bearer …" : value}`)}`);
  return ["curl -N", ...told, quoted(new URL(address, location.href).href)].join(" ");
}
