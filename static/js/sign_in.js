// The page that shows a sign-in code: continues as soon as the code has been said on IRC.
const events = new EventSource(document.getElementById("sign-in-state").dataset.events);
events.addEventListener("proven", () => {
  events.close();
  document.getElementById("finish-form").requestSubmit();
});
events.addEventListener("over", () => {
  events.close();
  location.reload();
});
