// The entry of every component of the page /layers: loads the module that `data.entry` names from the app's routes, as an
// ordinary module, and hands it the data of each run.

const MOUNTS = new WeakMap(); // a component is called again at each rerun, with the same element

const open = (parent, data) => {
  const mount = { view: null, data, tell: null, closed: false };
  import(new URL(data.modules + data.entry, document.baseURI).href).then(
    (module) => {
      if (mount.closed) return;
      mount.view = module.open(parent.querySelector(".dl-part"), (name, value) => mount.tell(name, value));
      mount.view.update(mount.data);
    },
    () => { parent.querySelector(".dl-part").textContent = "This part could not be loaded; reload the page."; },
  );
  return mount;
};

export default function ({ data, parentElement, setTriggerValue }) {
  if (!MOUNTS.has(parentElement)) MOUNTS.set(parentElement, open(parentElement, data));
  const mount = MOUNTS.get(parentElement);
  mount.tell = setTriggerValue;
  mount.data = data;
  mount.view?.update(data);
  return () => {
    mount.closed = true;
    mount.view?.close?.();
    MOUNTS.delete(parentElement);
  };
}
