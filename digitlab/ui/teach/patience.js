// A digit's key that is pressed while the last stroke is still on its way to the server waits for it: the canvas sends a
// stroke a fifth of a second after the pen is lifted, and the label is meant for the drawing with that stroke.
const LONGEST = 3000 // milliseconds, should the answer not change at all

export default function () {
  let drawing = false // the pen is down
  let sent = true // the server has answered to the last stroke
  let held = null // the key that waits
  let giveUp = 0

  const onPad = (event) => event.composedPath().some((node) => node.classList?.contains("st-key-pad"))
  const typing = (event) => event.composedPath()[0]?.closest?.("input, textarea, [contenteditable=true]")

  const release = () => {
    sent = true
    clearTimeout(giveUp)
    const key = held
    held = null
    if (key) document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }))
  }
  const down = (event) => { if (onPad(event)) { drawing = true; sent = false; clearTimeout(giveUp) } }
  const up = () => {
    if (!drawing) return
    drawing = false
    giveUp = setTimeout(release, LONGEST)
  }
  const press = (event) => {
    if (!event.isTrusted || sent || !/^[0-9]$/.test(event.key) || typing(event)) return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    held = { key: event.key, code: event.code, keyCode: event.keyCode }
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  // The server puts a new element into the answer; what follows the pen only changes the texts of the old one.
  const watch = new MutationObserver((changes) => {
    if (!drawing && !sent && changes.some(({ target }) => target.closest?.(".st-key-answer"))) setTimeout(release, 50)
  })
  watch.observe(document.body, { childList: true, subtree: true })
  const listeners = { pointerdown: down, pointerup: up, pointercancel: up, keydown: press }
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener, true)
  return () => {
    watch.disconnect()
    clearTimeout(giveUp)
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener, true)
  }
}
