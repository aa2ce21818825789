// A digit's key or button that is pressed while the last stroke is still on its way to the server waits for it: the
// canvas sends a stroke a while after the pen is lifted, and the label is meant for the drawing with that stroke. A link
// to another page waits until the stroke was sent, for with the page the canvas goes.
const CANVAS = 200 // milliseconds until the canvas sends a stroke: what comes sooner is the answer to the one before
const SETTLE = 50 // milliseconds from the new answer until the buttons below it are the new ones, too
const LEAVE = 2 * CANVAS // milliseconds after a stroke before the page may be left
const LONGEST = 3000 // milliseconds, should the answer not change at all
const CLOSE = new WeakMap() // by element: Streamlit calls a component again for another theme, and closes the last call only

export default function ({ parentElement }) {
  CLOSE.get(parentElement)?.()
  let drawing = false // the pen is down
  let sent = true // the server has answered to the last stroke
  let lifted = 0 // when the pen was, on the page's clock
  let held = null // what waits: a function
  let leaving = 0 // the timer of a link that waits
  let timer = 0 // what is to end the waiting

  const onPad = (event) => event.composedPath().some((node) => node.classList?.contains("st-key-pad"))
  const typing = (event) => event.composedPath()[0]?.closest?.("input, textarea, [contenteditable=true]")

  const stop = (event) => {
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  const release = () => {
    sent = true
    const go = held
    held = null
    go?.()
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
    const key = { key: event.key, code: event.code, keyCode: event.keyCode, bubbles: true, cancelable: true }
    held = () => document.body.dispatchEvent(new KeyboardEvent("keydown", key))
    stop(event)
  }
  const buttons = () => [...document.querySelectorAll(".st-key-teach_digits button")]
  const click = (event) => {
    if (!event.isTrusted || sent || event.ctrlKey || event.metaKey || event.shiftKey) return
    const path = event.composedPath()
    const button = buttons().find((one) => path.includes(one))
    const link = path.find((node) => node.matches?.("a[href]:not([target=_blank], [download])"))
    if (button) {
      const text = button.textContent
      held = () => buttons().find((one) => one.textContent === text)?.click()
      stop(event)
    } else if (link && performance.now() - lifted < LEAVE) {
      clearTimeout(leaving)
      leaving = setTimeout(() => link.click(), LEAVE - (performance.now() - lifted))
      stop(event)
    }
  }
  // The server puts a new element into the answer; what follows the pen only changes the texts of the old one.
  const watch = new MutationObserver((changes) => {
    if (drawing || sent || performance.now() - lifted < CANVAS) return
    if (changes.some(({ target }) => target.closest?.(".st-key-answer"))) releaseIn(SETTLE)
  })
  watch.observe(document.body, { childList: true, subtree: true })
  const listeners = { pointerdown: down, pointerup: up, pointercancel: up, keydown: press, click }
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener, true)
  const close = () => {
    watch.disconnect()
    clearTimeout(timer)
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener, true)
  }
  CLOSE.set(parentElement, close)
  return close
}
