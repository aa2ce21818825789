// Copies the page's address with the given query. Browsers offer the clipboard on https and localhost only; elsewhere
// the address is shown, selected, ready to be copied by hand.
const LABEL = "Copy link"
const SAID_FOR = 2000 // milliseconds

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  const text = button.querySelector("b")
  const field = parentElement.querySelector("input")
  const link = () => {
    const url = new URL(window.location.href)
    url.search = data.query
    url.hash = ""
    return url.href
  }
  text.textContent ||= LABEL
  if (field.value !== link()) field.hidden = true
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(link())
      text.textContent = "Link copied"
      setTimeout(() => { text.textContent = LABEL }, SAID_FOR)
    } catch {
      field.value = link()
      field.hidden = false
      field.setAttribute("aria-label", "Link to this page")
      field.select()
    }
  }
}
