// A linked line that lies in a fold is unfolded.
const show = () => {
  const line = document.getElementById(location.hash.slice(1));
  const fold = line?.closest("details:not([open])");
  if (!fold) return;
  fold.open = true;
  line.scrollIntoView();
};

addEventListener("hashchange", show);
show();
