// Drives one page of Firefox for tests/firefox/__init__.py: reads commands as lines of JSON, and answers each with a line.
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const PATIENCE_MS = 60_000;
const complaints = [];
const browser = await puppeteer.launch({ browser: "firefox", executablePath: process.argv[2], headless: true });
const page = await browser.newPage();
page.setDefaultTimeout(PATIENCE_MS);
page.on("console", message => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", error => complaints.push(String(error)));
page.on("request", request => {
  const { protocol, hostname } = new URL(request.url());
  if (protocol.startsWith("http") && hostname !== "127.0.0.1") complaints.push(`requested ${request.url()}`);
});

const commands = {
  cookie: (name, value, url) => browser.setCookie({ name, value, domain: new URL(url).hostname, path: "/" }).then(() => null),
  clear: () => browser.cookies().then(cookies => browser.deleteCookie(...cookies)).then(() => null),
  goto: url => page.goto(url).then(() => null),
  reload: () => page.reload().then(() => null),
  resize: (width, height) => page.setViewport({ width, height }).then(() => null),
  evaluate: code => page.evaluate(code),
  // Until the code is true, or its promise.
  wait: code => page.waitForFunction(code).then(() => null),
  click: async (selector, modifier) => {
    if (modifier) await page.keyboard.down(modifier);
    await page.click(selector);
    if (modifier) await page.keyboard.up(modifier);
    return null;
  },
  press: async (key, modifier) => {
    if (modifier) await page.keyboard.down(modifier);
    await page.keyboard.press(key);
    if (modifier) await page.keyboard.up(modifier);
    return null;
  },
  complaints: () => complaints.splice(0),
};

const answer = value => process.stdout.write(`${JSON.stringify(value)}\n`);
answer({ value: await browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  try {
    answer({ value: (await commands[name](...given)) ?? null });
  } catch (error) {
    answer({ error: String(error) });
  }
}
await browser.close();
