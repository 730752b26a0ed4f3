// Node's own way: http, one `write` a reader. Blocks come over PORT + 1.
import http from "node:http";
import net from "node:net";

const port = Number(process.argv[2]);
const readers = new Set();

http.createServer((_request, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store", Connection: "close" });
  response.write("retry: 2000\n\n");
  readers.add(response);
  response.on("close", () => readers.delete(response));
}).listen(port, "127.0.0.1", 4096);

net.createServer(publisher => {
  let kept = Buffer.alloc(0);
  publisher.setNoDelay(true);
  publisher.on("data", block => {
    kept = Buffer.concat([kept, block]);
    if (kept.subarray(-2).toString() !== "\n\n") return;
    for (const response of readers) response.write(kept);
    kept = Buffer.alloc(0);
  });
}).listen(port + 1, "127.0.0.1");
