// The digit itself beside the pointer, while that is over a point of the map. Plotly's own labels hold text only; the
// digits come once, as one picture of all of them. A chart whose data change is a new element, so every one that appears
// in the map's place is listened to.
const SIDE = 28
const SHOWN = 112 // pixels
const CLOSE = new WeakMap() // by element: Streamlit calls a component again for another theme, and closes the last call only

export default function ({ data, parentElement }) {
  CLOSE.get(parentElement)?.()
  const canvas = parentElement.querySelector("canvas")
  const digits = new Image()
  digits.src = new URL(data.digits, document.baseURI).href
  canvas.width = canvas.height = SIDE

  const show = (event) => {
    const number = event.points?.[0]?.customdata?.[0]
    if (!(number >= 0) || !digits.complete) return
    const x = (number % data.columns) * SIDE
    const y = Math.floor(number / data.columns) * SIDE
    canvas.getContext("2d").drawImage(digits, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE)
    const { clientX, clientY } = event.event
    canvas.style.left = `${Math.max(4, clientX - SHOWN - 18)}px`
    canvas.style.top = `${Math.max(4, clientY - SHOWN - 18)}px`
    canvas.dataset.number = number
    canvas.hidden = false
  }
  const hide = () => { canvas.hidden = true }

  const listen = () => {
    for (const chart of document.querySelectorAll(".st-key-map .js-plotly-plot")) {
      if (chart.on && !chart.showsDigits) {
        chart.showsDigits = true
        chart.on("plotly_hover", show)
        chart.on("plotly_unhover", hide)
      }
    }
  }
  const watch = new MutationObserver(listen)
  watch.observe(document.body, { childList: true, subtree: true })
  listen()
  const close = () => { watch.disconnect(); hide() }
  CLOSE.set(parentElement, close)
  return close
}
