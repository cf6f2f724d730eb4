// From page to page with our own script: nothing loads anew, back is instant, and what fails is a plain load.

import type { Page } from '@playwright/test'
import { observe, readToTheEnd, settled } from '../lib/observe.ts'
import { expect, testBehindProxy as test } from '../lib/test.ts'

const cards = (page: Page) => page.locator('#cars article')
const cardLink = (page: Page, at: number) => cards(page).nth(at).getByRole('link')
/** A document that was loaded anew has no mark. */
const mark = (page: Page) => page.evaluate(() => void ((window as any).isMarked = true))
const isMarked = (page: Page) => page.evaluate(() => (window as any).isMarked === true)
const heading = (page: Page) => page.locator('main h1')

/** As if another tab were in front. */
const hide = (page: Page) => page.evaluate(() => {
  Object.defineProperty(document, 'hidden', { value: true, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
})

/** A listing whose script runs. */
async function listing(page: Page, path = '/cars'): Promise<void> {
  await page.goto(path)
  await expect(page.locator('html.js')).toBeAttached()
  await mark(page)
}

async function openCar(page: Page, at = 0): Promise<string> {
  const name = await cardLink(page, at).innerText()
  await cardLink(page, at).click()
  await expect(heading(page)).toContainText(name)
  return name
}

test('a tap on a card swaps the page and moves the focus to its heading', async ({ page, net }) => {
  await listing(page)
  net.seen = []
  const name = await openCar(page, 3)
  expect(await isMarked(page)).toBe(true)
  await expect(page).toHaveTitle(new RegExp(name))
  await expect(page).toHaveURL(/\/car\//)
  await expect(heading(page)).toBeFocused()
  expect(await page.locator('link[rel=canonical]').getAttribute('href')).toContain(new URL(page.url()).pathname)
  const { pathname } = new URL(page.url())
  expect(net.pages().filter(url => url.includes(pathname))).toEqual([`${pathname}?f=1`])
})

test('back is there at once: no request, where it was scrolled and swiped to', async ({ page, net }) => {
  await listing(page)
  const card = cards(page).nth(4)
  await card.scrollIntoViewIfNeeded()
  await card.evaluate(card => card.scrollTo({ left: card.clientWidth, behavior: 'instant' }))
  const left = await card.evaluate(card => card.scrollLeft)
  expect(left).toBeGreaterThan(50)
  await openCar(page, 4)
  net.seen = []
  const y = await page.evaluate(() => {
    history.back()
    return new Promise<number>(done => addEventListener('popstate', () => requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY)))))
  })
  await expect(cards(page)).toHaveCount(10)
  expect(await card.evaluate(card => card.scrollLeft)).toBe(left)
  await expect(card).toBeInViewport()
  expect(y).toBeGreaterThan(100)
  await expect(cardLink(page, 4)).toBeFocused()
  expect(net.pages()).toEqual([])
  await page.goForward()
  await expect(page.locator('.gallery, .shots').first()).toBeVisible()
  expect(net.pages()).toEqual([])
  expect(await isMarked(page)).toBe(true)
})

test('of two taps the last one counts', async ({ page, net }) => {
  await listing(page, '/cars?sort=price')
  net.delayMs = 300
  const name = await cardLink(page, 3).innerText()
  await page.evaluate(() => {
    const links = [...document.querySelectorAll<HTMLElement>('#cars article a')]
    links[4]?.click()
    links[3]?.click()
  })
  await expect(page).toHaveTitle(new RegExp(name))
  await page.goBack()
  await expect(cards(page)).toHaveCount(10)
  expect(await isMarked(page)).toBe(true)
})

test('filters apply as they are chosen and keep the panel, the focus and the address', async ({ page, net }) => {
  await page.setViewportSize({ width: 1280, height: 800 })
  await listing(page)
  await page.locator('details[aria-label="Fuel"] > summary').click()
  net.seen = []
  const diesel = page.locator('input[name="fuel"][value="diesel"]')
  const before = await page.getByRole('status').first().innerText()
  await diesel.check()
  await expect(page).toHaveURL(/fuel=diesel/)
  await expect(page.getByRole('status').first()).not.toHaveText(before)
  await expect(diesel).toBeChecked()
  await expect(diesel).toBeFocused()
  await expect(page.locator('details[aria-label="Fuel"]')).toHaveAttribute('open')
  expect(await page.getByRole('link', { name: /^Remove/ }).count()).toBe(1)
  await page.locator('select[name="sort"]').selectOption('price')
  await expect(page).toHaveURL(/fuel=diesel.*sort=price|sort=price.*fuel=diesel/)
  expect(await isMarked(page)).toBe(true)
  expect(net.pages().every(url => url.includes('f=1'))).toBe(true)
  await page.goBack()
  await page.goBack()
  await expect(page.getByRole('status').first()).toHaveText(before)
  await expect(diesel).not.toBeChecked()
})

test('more cars come below, none twice, and stay for back and reload', async ({ page }) => {
  await listing(page)
  const ids = () => cards(page).evaluateAll(all => all.map(card => (card as HTMLElement).dataset.car))
  const first = await ids()
  await page.locator('a[rel=next]').click()
  await expect(cards(page)).toHaveCount(20)
  await page.locator('a[rel=next]').click()
  await expect(cards(page)).toHaveCount(30)
  const all = await ids()
  expect(new Set(all).size).toBe(30)
  expect(all.slice(0, 10)).toEqual(first)
  await openCar(page, 25)
  await page.goBack()
  await expect(cards(page)).toHaveCount(30)
  await expect(cards(page).nth(25)).toBeInViewport()
  expect(await isMarked(page)).toBe(true)
  const y = await page.evaluate(() => scrollY)
  await page.reload()
  await expect(cards(page)).toHaveCount(30)
  await expect.poll(() => page.evaluate(() => scrollY)).toBeCloseTo(y, -2)
})

test('cars that come late move nothing in sight, and only into the list they were asked for', async ({ page, net }) => {
  const { shifts } = await observe(page)
  await listing(page)
  const more = page.locator('a[rel=next]')
  await more.scrollIntoViewIfNeeded()
  net.delayMs = 1500
  await more.click()
  await expect(more).toHaveAttribute('aria-busy', 'true')
  await more.click()
  await page.waitForTimeout(700)
  await expect(more).toBeInViewport()
  expect(await page.locator('footer').evaluate(end => end.getBoundingClientRect().top >= innerHeight)).toBe(true)
  await expect(cards(page)).toHaveCount(20)
  expect(net.pages().filter(url => url.includes('after='))).toHaveLength(1)
  await readToTheEnd(page)
  expect(shifts).toEqual([])

  // Gone on before they came.
  net.delayMs = 0
  await listing(page, '/cars?sort=km')
  net.slow = /after=.*f=1/
  const late = page.waitForResponse(net.slow)
  await more.click()
  await openCar(page, 9)
  await late
  await settled(page)
  await expect(cards(page)).toHaveCount(0)
  await page.goBack()
  await expect(cards(page)).toHaveCount(10)
  await expect(more).not.toHaveAttribute('aria-busy')
  net.slow = undefined
  await more.click()
  await expect(cards(page)).toHaveCount(20)
  expect(await isMarked(page)).toBe(true)
})

/** Page, title and address are of one place, whatever is still to come has come, and nothing is left of how it came. */
async function agrees(page: Page, path: string | RegExp): Promise<void> {
  await settled(page)
  await expect(page).toHaveURL(path)
  const [shown, meant] = await page.evaluate(async () => {
    const request = new XMLHttpRequest(), url = new URL(location.href)
    url.searchParams.set('f', '1')
    request.open('GET', url)
    request.responseType = 'document'
    request.send()
    await new Promise(done => request.onload = done)
    const told = (of: Document) => [of.title, of.querySelector('h1')?.textContent, of.querySelector<HTMLLinkElement>('[rel=canonical]')?.href]
    return [told(document), told(request.responseXML!)]
  })
  expect(shown).toEqual(meant)
  await expect(page.locator('main[aria-busy], main.fresh')).toHaveCount(0)
  expect(await page.locator('main').count()).toBe(1)
  expect(await isMarked(page)).toBe(true)
}

/** Taps a card whose page is here already. */
const tapHere = (page: Page, index: number) => page.evaluate(async index => {
  const link = document.querySelectorAll<HTMLAnchorElement>('#cars article a')[index]!
  const isHere = () => performance.getEntriesByType('resource').some(({ name }) => name.startsWith(link.href))
  // Not fetched while others are on their way.
  for (let tries = 0; tries < 50 && !isHere(); tries++) {
    link.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    await new Promise(done => setTimeout(done, 100))
  }
  await new Promise(done => setTimeout(done, 100))
  link.click()
  // No task comes between: a page that is here is entered by the end of this one.
  for (let turn = 0; turn < 50; turn++) await undefined
  if (location.pathname !== link.pathname) throw new Error(`${location.pathname} is not entered at once`)
}, index)

/** Back and forward in history as told, each step as soon as the one before is known of. */
const steps = (page: Page, then: string) => page.evaluate(async then => {
  for (const step of then) {
    history.go(step === '<' ? -1 : 1)
    await new Promise(done => addEventListener('popstate', done, { once: true }))
  }
}, then)

test.describe('steps that come faster than what moves', () => {
  for (const [how, rate] of [['a fast phone', 1], ['a slow phone', 6]] as const) {
    for (const [what, then] of [['a tap and back', '<'], ['a tap, back, forward', '<>'], ['a tap, back, forward, back', '<><']] as const) {
      test(`${what}, ${how}`, async ({ page }) => {
        await listing(page, '/cars?sort=km')
        await (await page.context().newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate })
        await cards(page).nth(3).scrollIntoViewIfNeeded()
        const y = await page.evaluate(() => scrollY)
        const trail = ['/cars?sort=km', (await cardLink(page, 3).getAttribute('href'))!]
        await tapHere(page, 3)
        await steps(page, then)
        const at = 1 + [...then].reduce((sum, step) => sum + (step === '<' ? -1 : 1), 0)
        const isAt = async (at: number) => {
          await agrees(page, trail[at]!)
          expect(await page.evaluate(() => scrollY)).toBe(at === 0 ? y : 0)
        }
        await isAt(at)
        // The whole trail, there and back: each page is under its own entry.
        for (let step = at - 1; step >= 0; step--) {
          await page.goBack({ waitUntil: 'commit' })
          await isAt(step)
        }
        for (let step = 1; step < trail.length; step++) {
          await page.goForward({ waitUntil: 'commit' })
          await isAt(step)
        }
      })
    }
  }

  test('back to a page that is still to be fetched, and forward before it is', async ({ page, net }) => {
    await listing(page, '/cars?sort=km')
    const path = (await cardLink(page, 0).getAttribute('href'))!
    await openCar(page, 0)
    await page.reload()
    await expect(page.locator('html.js')).toBeAttached()
    await mark(page)
    net.delayMs = 600
    await steps(page, '<')
    await expect(page.locator('main')).toHaveAttribute('aria-busy', 'true')
    await steps(page, '>')
    await page.waitForTimeout(800)
    net.delayMs = 0
    await agrees(page, path)
    await page.goBack({ waitUntil: 'commit' })
    await expect(cards(page)).toHaveCount(10)
    await agrees(page, '/cars?sort=km')
  })
})

test('a photo moves from where it was on its card, and shortly', async ({ page }) => {
  await listing(page)
  const moving = await page.evaluate(async () => {
    const link = document.querySelector<HTMLElement>('#cars article a')!, place = (of: Element) => {
      const { left, top, width } = of.getBoundingClientRect()
      return [left, top, width].map(Math.round)
    }
    const card = place(link.closest('article')!.querySelector('img')!)
    link.click()
    while (document.querySelector('#cars')) await new Promise(done => requestAnimationFrame(done))
    const gallery = document.querySelector('.gallery')!, [move] = gallery.getAnimations()
    move!.pause()
    move!.currentTime = 0
    return { card, from: place(gallery.querySelector('img')!), duration: move!.effect!.getTiming().duration }
  })
  expect(moving.from).toEqual(moving.card)
  expect(moving.duration).toBe(180)
})

test('back on a wide screen, the focus is on the card that was left, wherever it stands', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 900 })
  await listing(page)
  const link = cardLink(page, 4)
  await link.focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/car\//)
  await expect(page.locator('main h1')).toBeFocused()
  await page.goBack({ waitUntil: 'commit' })
  await expect(cards(page)).toHaveCount(10)
  await expect(link).toBeFocused()
})

test('who wants less motion sees none', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await listing(page)
  await openCar(page, 0)
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
})

test('what cannot be fetched is loaded as if there were no script', async ({ page, net }) => {
  await listing(page)
  net.refused = /f=1/
  await openCar(page, 6)
  expect(await isMarked(page)).toBe(false)
})

test('links for another tab and other places are left alone', async ({ page, context }) => {
  await listing(page)
  const [tab] = await Promise.all([context.waitForEvent('page'), cardLink(page, 0).click({ modifiers: ['Control'] })])
  await tab.close()
  await expect(page).toHaveURL(/\/cars$/)
  await openCar(page, 0)
  await page.locator('a[href="#main"]').focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#main$/)
  await page.goBack()
  await expect(page).not.toHaveURL(/#/)
  await page.goBack()
  await expect(cards(page).first()).toBeVisible()
  expect(await isMarked(page)).toBe(true)
})

test('photos are looked at without a step of history for each', async ({ page }) => {
  await listing(page)
  await openCar(page, 1)
  const before = await page.evaluate(() => history.length)
  for (const number of [4, 2, 5]) {
    await page.locator(`.thumbs > a[href="#photo-${number}"]`).click()
    await expect(page.locator(`#photo-${number}`)).toBeInViewport({ ratio: 0.9 })
  }
  expect(await page.evaluate(() => history.length)).toBe(before)
  await page.goBack()
  await expect(cards(page)).toHaveCount(10)
})

test('while photos fill the screen, focus stays with them', async ({ page }) => {
  await listing(page)
  await openCar(page, 1)
  await page.locator('[data-do=full]').click()
  await expect(page.locator('footer')).toHaveJSProperty('inert', true)
  for (let tabs = 0; tabs < 40; tabs++) {
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('.gallery')), `after ${tabs + 1} tabs`).toBe(true)
  }
  await page.evaluate(() => document.exitFullscreen())
  await expect(page.locator('[inert]')).toHaveCount(0)
  // And when a step back ends it.
  await page.locator('[data-do=full]').click()
  await expect(page.locator('footer')).toHaveJSProperty('inert', true)
  await page.goBack()
  await expect(page.locator('[inert]')).toHaveCount(0)
  await page.goForward()
  await expect(page.locator('.gallery')).toBeVisible()
  await expect(page.locator('[inert]')).toHaveCount(0)
})

test('the likeliest cars are fetched ahead, once, and counted when they are shown', async ({ page, net }) => {
  await listing(page)
  const href = (await cardLink(page, 0).getAttribute('href'))!, other = `${await cardLink(page, 1).getAttribute('href')}?f=1`
  const ahead = () => net.seen.filter(({ url, purpose }) => purpose === 'prefetch' && url === `${href}?f=1`).length
  await expect.poll(ahead).toBe(1)
  net.seen = []
  await openCar(page, 0)
  // The worker keeps its own page for later whenever it comes to it, and the other marked car may have been on its way.
  expect(net.pages().filter(path => path !== '/offline' && path !== other)).toEqual([])
  await hide(page)
  await expect.poll(() => net.events().map(({ name }) => name)).toEqual(expect.arrayContaining(['select_item', 'view_item']))
  const { car } = net.events().find(({ name }) => name === 'view_item')!
  expect(href.endsWith(`-${car}`)).toBe(true)
  expect(net.events().find(({ name }) => name === 'select_item')).toMatchObject({ car, index: 0, list: 'recommended' })
})

for (const [what, connection] of [['Save-Data', { saveData: true }], ['a slow network', { effectiveType: '3g' }]] as const) {
  test(`nothing is fetched ahead with ${what}`, async ({ page, net }) => {
    await page.addInitScript(connection => Object.defineProperty(navigator, 'connection', { value: connection }), connection)
    await listing(page)
    await cardLink(page, 0).hover()
    await page.mouse.down()
    await page.waitForTimeout(800)
    expect(net.seen.filter(({ purpose }) => purpose)).toEqual([])
  })
}

test('the shortlist is kept, counted and shown, and a wish is told', async ({ page, net }) => {
  await listing(page)
  const save = page.locator('main [data-do=save]').first(), count = page.locator('header [data-count]')
  for (const at of [2, 3]) {
    await openCar(page, at)
    await save.click()
    await expect(save).toHaveAttribute('aria-pressed', 'true')
    await page.goBack()
  }
  await expect(count).toHaveText('2')
  expect(await page.locator('header a[href^="/shortlist"]').getAttribute('href')).toMatch(/\?ids=\d+,\d+$/)
  await page.goForward()
  await save.click()
  await expect(save).toHaveAttribute('aria-pressed', 'false')
  await expect(count).toHaveText('1')
  await hide(page)
  await expect.poll(() => net.events().filter(({ name }) => name === 'add_to_wishlist').length).toBe(2)
})

test('how long a car was in sight is told when it goes', async ({ page, net }) => {
  await listing(page)
  await openCar(page, 2)
  await page.waitForTimeout(300)
  await hide(page)
  await expect.poll(() => net.events().filter(({ name }) => name === 'user_engagement')).toHaveLength(1)
  const { visible_ms, id } = net.events().find(({ name }) => name === 'user_engagement')!
  expect(visible_ms).toBeGreaterThan(250)
  expect(id).toMatch(/^[a-z0-9]{12,}$/)
})
