// The scripts of every page: NHS.UK frontend's own where a component needs one, copy buttons, the warning before a
// session ends, and the waking of islands. Every page works without any of it.

import {
  initButtons,
  initCharacterCounts,
  initCode,
  initErrorSummary,
  initHeader,
  initNotificationBanners,
  initPasswordInputs,
  initSkipLinks
} from 'nhsuk-frontend'

for (const init of [
  initSkipLinks,
  initHeader,
  initErrorSummary,
  initNotificationBanners,
  initButtons,
  initCharacterCounts,
  initPasswordInputs,
  initCode
]) {
  try {
    init()
  } catch (error) {
    // One component that fails leaves the others alone; the page works without each of them.
    console.warn(error)
  }
}

copyButtons()
sessionWarning()
wakeIslands()

/** Buttons with `data-copy` copy it and say so for a moment; `data-copied` is read out. */
function copyButtons() {
  if (!navigator.clipboard) return
  const status = document.createElement('div')
  status.className = 'nhsuk-u-visually-hidden'
  status.setAttribute('role', 'status')
  document.body.append(status)
  for (const button of document.querySelectorAll('[data-copy]')) {
    const words = button.firstChild
    const before = words.textContent
    button.hidden = false
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.dataset.copy)
      words.textContent = 'Copied'
      status.textContent = button.dataset.copied
      setTimeout(() => {
        words.textContent = before
        status.textContent = ''
      }, 3000)
    })
  }
}

/** Two minutes before the session ends, says so and offers to stay; any page opened, in any tab, starts the time anew. */
function sessionWarning() {
  const box = document.querySelector('[data-session-seconds]')
  if (!box) return
  const lasts = Number(box.dataset.sessionSeconds) * 1000
  const warning = Math.min(120_000, lasts / 2)
  const tabs = new BroadcastChannel('session')
  tabs.addEventListener('message', () => begin())
  let timers = []
  const begin = () => {
    timers.forEach(clearTimeout)
    box.hidden = true
    timers = [setTimeout(warn, lasts - warning), setTimeout(over, lasts)]
  }
  const say = (text, button) => {
    const paragraph = document.createElement('p')
    paragraph.textContent = text
    box.replaceChildren(paragraph, ...(button ? [button] : []))
    box.hidden = false
  }
  const warn = () => {
    const stay = document.createElement('button')
    stay.type = 'button'
    stay.className = 'nhsuk-button nhsuk-button--small'
    stay.textContent = 'Stay signed in'
    stay.addEventListener('click', async () => {
      const answer = await fetch('/home', { redirect: 'manual' })
      if (!answer.ok) return over()
      begin()
      tabs.postMessage('used')
    })
    const minutes = Math.max(1, Math.round(warning / 60_000))
    say(`You will be signed out in ${minutes === 1 ? '1 minute' : `${minutes} minutes`}. Save what you typed.`, stay)
  }
  const over = () => say('You have been signed out. Copy what you typed, then sign in again.')
  begin()
  tabs.postMessage('used')
}

/** Fetches the wasm and wakes the islands of this page, if it has any. */
async function wakeIslands() {
  const islands = document.querySelectorAll('leptos-island')
  if (islands.length === 0) return
  const { frontend, wasm } = document.getElementById('site').dataset
  const module = await import(frontend)
  await module.default({ module_or_path: wasm })
  module.hydrate()
  for (const island of islands) {
    await module[island.dataset.component]?.(island)
  }
  document.documentElement.dataset.islands = 'awake'
}
