// Goes on by itself once the code has been said.
const events = new EventSource(document.getElementById("state").dataset.events);
events.addEventListener("proven", () => {
  events.close();
  document.getElementById("finish").requestSubmit();
});
events.addEventListener("over", () => {
  events.close();
  location.reload();
});
