// The component's own area: the 28×28 and small print. All else is loaded from the app's routes as ordinary modules.

const NO_MODULE = "No live answer here: the page answers after each stroke.";
const MOUNTS = new WeakMap(); // the component is called again at each rerun, with the same element

const open = (element, modules) => {
  const area = element.querySelector(".dl-live");
  const context = area.querySelector("canvas").getContext("2d");
  const print = area.querySelector(".dl-live-note");
  const pixels = context.createImageData(28, 28);

  const paint = (picture, source) => {
    for (let at = 0; at < picture.length; at++) pixels.data.fill(picture[at], 4 * at, 4 * at + 3);
    context.putImageData(pixels, 0, 0);
    area.dataset.source = source;
  };
  const ready = () => { area.dataset.ready = ""; };
  const busy = (isBusy) => { area.dataset.busy = isBusy; };
  const note = (text) => {
    print.textContent = text;
    print.hidden = !text;
  };
  for (let at = 3; at < pixels.data.length; at += 4) pixels.data[at] = 255; // opaque

  const mount = { live: null, state: null, closed: false };
  import(new URL(`${modules}live/live.js`, document.baseURI).href).then(
    ({ openLive }) => {
      if (mount.closed) return;
      mount.live = openLive({ ready, busy, paint, note });
      mount.live.update(mount.state);
    },
    () => note(NO_MODULE),
  );
  mount.update = (state) => {
    mount.state = state;
    if (mount.live) mount.live.update(state);
    else paint(state.picture, "server");
  };
  mount.close = () => {
    mount.closed = true;
    mount.live?.close();
  };
  return mount;
};

export default function ({ data, parentElement }) {
  if (!MOUNTS.has(parentElement)) MOUNTS.set(parentElement, open(parentElement, data.modules));
  const picture = Uint8Array.from(atob(data.picture), (letter) => letter.charCodeAt(0));
  MOUNTS.get(parentElement).update({ ...data, picture });
  return () => {
    MOUNTS.get(parentElement)?.close();
    MOUNTS.delete(parentElement);
  };
}
