// The scripts of every page: NHS.UK frontend's own where a component needs one, the end of a banner, copy buttons,
// the warning before a session ends, and the waking of islands. Every page works without any of it.

import {
  initButtons,
  initCharacterCounts,
  initCheckboxes,
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
  initCheckboxes,
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

forgetDone()
leaveOutHidden()
copyButtons()
sessionWarning()
wakeIslands()

/** The banner tells of what was done a moment ago: reloaded or kept as a bookmark, the page does not tell it again. */
function forgetDone() {
  const address = new URL(location.href)
  if (!address.searchParams.has('done')) return
  address.searchParams.delete('done')
  history.replaceState(history.state, '', address)
}

/** What was typed where a tick reveals it, and is hidden again because the tick was taken away, is not sent. */
function leaveOutHidden() {
  document.addEventListener('formdata', ({ target, formData }) => {
    for (const field of target.querySelectorAll('.nhsuk-checkboxes__conditional--hidden [name]')) {
      formData.delete(field.name)
    }
  })
}

/** Buttons with `data-copy`, of islands too, copy it and say so for a moment; `data-copied` is read out. */
function copyButtons() {
  if (!navigator.clipboard) return
  document.documentElement.dataset.clipboard = ''
  const status = document.createElement('div')
  status.className = 'nhsuk-u-visually-hidden'
  status.setAttribute('role', 'status')
  document.body.append(status)
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]')
    if (!button) return
    await navigator.clipboard.writeText(button.dataset.copy)
    const words = button.firstChild
    words.textContent = 'Copied'
    status.textContent = button.dataset.copied
    setTimeout(() => {
      words.textContent = 'Copy'
      status.textContent = ''
    }, 3000)
  })
}

/**
 * Two minutes before the session ends, says so and offers to stay; any page opened, in any tab, starts the time anew.
 * How long is left, each answer says: the session has an end that no use puts off. The region is there from the
 * beginning, so that its words are read out.
 */
function sessionWarning() {
  const region = document.querySelector('[data-session-seconds]')
  if (!region) return
  const box = document.createElement('div')
  box.className = 'app-timeout'
  region.append(box)
  const tabs = new BroadcastChannel('session')
  tabs.addEventListener('message', ({ data }) => begin(data))
  let timers = []
  let before = null
  const begin = (seconds) => {
    timers.forEach(clearTimeout)
    if (box.contains(document.activeElement)) before?.focus()
    box.replaceChildren()
    const warning = Math.min(120, seconds / 2)
    timers = [setTimeout(() => warn(warning), (seconds - warning) * 1000), setTimeout(over, seconds * 1000)]
  }
  const say = (text, button) => {
    const paragraph = document.createElement('p')
    paragraph.textContent = text
    box.replaceChildren(paragraph, ...(button ? [button] : []))
  }
  const warn = (warning) => {
    const stay = document.createElement('button')
    stay.type = 'button'
    stay.className = 'nhsuk-button nhsuk-button--small'
    stay.textContent = 'Stay signed in'
    stay.addEventListener('focus', (event) => (before = event.relatedTarget))
    stay.addEventListener('click', async () => {
      const seconds = await left()
      if (seconds === 0) return over()
      if (seconds === null) return say('The portal could not be reached. Save what you entered, or try again.', stay)
      begin(seconds)
      tabs.postMessage(seconds)
    })
    const minutes = Math.max(1, Math.round(warning / 60))
    say(`You will be signed out in ${minutes === 1 ? '1 minute' : `${minutes} minutes`}. Save what you entered.`, stay)
  }
  const over = () => say('You have been signed out. Save, and what you entered is still there after you sign in.')
  const seconds = Number(region.dataset.sessionSeconds)
  begin(seconds)
  tabs.postMessage(seconds)
}

/** The seconds that the session lasts now that it was used: 0 when it has ended, null when nothing answers. */
async function left() {
  try {
    const answer = await fetch('/home', { redirect: 'manual' })
    if (answer.type === 'opaqueredirect') return 0
    const found = /data-session-seconds="(\d+)"/.exec(await answer.text())
    return found ? Number(found[1]) : null
  } catch {
    return null
  }
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
