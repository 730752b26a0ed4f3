// A live stream that comes back by itself (docs/live-protocol.md), for all pages that follow one.

const MAX_RETRY_MS = 60_000;
const SILENCE_MS = 40_000; // the server sends something every 15 s: after this time the connection is dead
const RELOAD_MS = 2000; // all readers are told to reload at once: a random delay spreads their requests

// `getAddress` is given the position after which the stream goes on, "" means that there is nothing to follow. `events`
// has a function for each event, given its data. `showState` is given "live", "reconnecting" or "offline"; `onRefused`
// is called when the server refused the stream.
export const createConnection = ({ getAddress, position, events, showState = () => {}, onRefused = () => {} }) => {
  let source = null;
  let failureCount = 0;
  let retryTimer = 0;
  let silenceTimer = 0;

  const close = () => {
    clearTimeout(retryTimer);
    clearTimeout(silenceTimer);
    source?.close();
    source = null;
  };

  // A connection can be dead without being closed: behind a proxy that stands still, say, or after a change of networks.
  const expectNext = () => {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(() => {
      showState("reconnecting");
      connect();
    }, SILENCE_MS);
  };

  const onError = () => {
    showState(navigator.onLine ? "reconnecting" : "offline");
    if (source.readyState !== EventSource.CLOSED) return expectNext(); // the browser reconnects by itself
    // The server refused the stream, after which browsers give up.
    clearTimeout(silenceTimer);
    onRefused();
    retryTimer = setTimeout(() => connect(), Math.min(MAX_RETRY_MS, 2000 * 2 ** failureCount) * (0.5 + Math.random() / 2));
    failureCount += 1;
  };

  const parsed = apply => event => apply(JSON.parse(event.data));
  const handlers = {
    open: () => {
      failureCount = 0;
      showState("live");
    },
    alive: () => {},
    live: () => {},
    refused: () => showState("reconnecting"), // the browser comes back when it says
    reload: () => {
      close();
      setTimeout(() => location.reload(), Math.random() * RELOAD_MS);
    },
    ...Object.fromEntries(Object.entries(events).map(([name, apply]) => [name, parsed(apply)])),
  };

  const connect = (from = position) => {
    close();
    position = from;
    const address = getAddress(position);
    if (!address) return;
    source = new EventSource(address);
    expectNext();
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, event => {
        position = event.lastEventId || position;
        expectNext();
        handle(event);
      });
    }
    source.addEventListener("error", onError);
  };

  addEventListener("online", () => source && connect());
  addEventListener("offline", () => showState("offline"));
  return { connect, close, isOpen: () => source !== null };
};
