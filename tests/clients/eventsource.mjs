// Follows with the npm package of the browsers' interface and prints the id of every line.
import { EventSource } from "eventsource";

const source = new EventSource(process.argv[2]);
source.addEventListener("line", event => {
  const { id } = JSON.parse(event.data);
  console.log(id === Number(event.lastEventId) ? id : `id ${event.lastEventId} of line ${id}`);
});
source.addEventListener("error", event => {
  if (source.readyState === EventSource.CLOSED) throw new Error(`given up: ${event.message}`);
});
