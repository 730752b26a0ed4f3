// Counts the lines of many channels over one stream, and prints the counts after each. Usage: dashboard.mjs ADDRESS
import { EventSource } from "eventsource";

const counts = {};
const source = new EventSource(process.argv[2]);
source.addEventListener("live", () => console.log("live"));
source.addEventListener("line", event => {
  const { channel } = JSON.parse(event.data);
  counts[channel] = (counts[channel] ?? 0) + 1;
  console.log(JSON.stringify(counts));
});
