// A digit's key that is pressed while the last stroke is still on its way to the server waits for it: the canvas sends a
// stroke a while after the pen is lifted, and the label is meant for the drawing with that stroke.
const CANVAS = 200 // milliseconds until the canvas sends a stroke: what comes sooner is the answer to the one before
const SETTLE = 50 // milliseconds from the new answer until the buttons below it are the new ones, too
const LONGEST = 3000 // milliseconds, should the answer not change at all
const CLOSE = new WeakMap() // by element: Streamlit calls a component again for another theme, and closes the last call only

export default function ({ parentElement }) {
  CLOSE.get(parentElement)?.()
  let drawing = false // the pen is down
  let sent = true // the server has answered to the last stroke
  let lifted = 0 // when the pen was, on the page's clock
  let held = null // the key that waits
  let timer = 0 // what is to end the waiting

  const onPad = (event) => event.composedPath().some((node) => node.classList?.contains("st-key-pad"))
  const typing = (event) => event.composedPath()[0]?.closest?.("input, textarea, [contenteditable=true]")

  const release = () => {
    sent = true
    const key = held
    held = null
    if (key) document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }))
  }
  const releaseIn = (milliseconds) => {
    clearTimeout(timer)
    timer = setTimeout(release, milliseconds)
  }
  const down = (event) => {
    if (!onPad(event)) return
    drawing = true
    sent = false
    clearTimeout(timer) // also of an answer that came just now: it is not to this stroke
  }
  const up = () => {
    if (!drawing) return
    drawing = false
    lifted = performance.now()
    releaseIn(LONGEST)
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
    if (drawing || sent || performance.now() - lifted < CANVAS) return
    if (changes.some(({ target }) => target.closest?.(".st-key-answer"))) releaseIn(SETTLE)
  })
  watch.observe(document.body, { childList: true, subtree: true })
  const listeners = { pointerdown: down, pointerup: up, pointercancel: up, keydown: press }
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener, true)
  const close = () => {
    watch.disconnect()
    clearTimeout(timer)
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener, true)
  }
  CLOSE.set(parentElement, close)
  return close
}
