// Installed, and without a network: what was seen is there and says of when it is, and a lead is kept until it can go.

import type { BrowserContext, Page } from '@playwright/test'
import type { Proxy } from '../lib/proxy.ts'
import { Server } from '../lib/server.ts'
import { fillLead, sendLead } from '../lib/states.ts'
import { expect, testBehindProxy } from '../lib/test.ts'

const test = testBehindProxy.extend<object, { off: string }>({
  /** The same site with its worker taken back. */
  off: [async ({ site }, use) => {
    const server = await Server.start(site.binary, { FORECOURT_PWA__ENABLED: 'false' })
    await use(server.site.url)
    server.stop()
  }, { scope: 'worker' }],
})

/** A page whose worker is at work. */
async function withWorker(page: Page, path = '/cars'): Promise<void> {
  await page.goto(path)
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
    if (!navigator.serviceWorker.controller) await new Promise(done => navigator.serviceWorker.addEventListener('controllerchange', done))
  })
}

const kept = (page: Page, name: string) => page.evaluate(async name => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname), name)
const carHref = (id: number) => `/car/x-${id}`

test('the manifest is complete and its pictures are what it says', async ({ page, net }) => {
  await page.goto('/cars')
  const manifest = await (await page.request.get('/manifest.webmanifest')).json()
  expect(manifest).toMatchObject({ id: '/', scope: '/', display: 'standalone', name: expect.any(String), short_name: expect.any(String) })
  expect(manifest.shortcuts.length).toBeGreaterThan(1)
  const purposes = manifest.icons.map(({ purpose, sizes }: { purpose: string; sizes: string }) => `${purpose} ${sizes}`)
  expect(purposes).toEqual(expect.arrayContaining(['any 192x192', 'any 512x512', 'maskable 512x512']))
  expect(manifest.screenshots.map(({ form_factor }: { form_factor: string }) => form_factor)).toEqual(['narrow', 'wide'])
  for (const { src, sizes, type } of [...manifest.icons, ...manifest.screenshots]) {
    const size = await page.evaluate(async src => {
      const image = new Image()
      image.src = src
      await image.decode()
      return `${image.naturalWidth}x${image.naturalHeight}`
    }, src)
    expect((await page.request.get(src)).headers()['content-type']).toBe(type)
    if (sizes !== 'any') expect(size).toBe(sizes)
  }
  expect(net.url).toContain('127.0.0.1')
})

test('a car that was seen is there without a network, grey, and says of when its price is', async ({ page, net, cars }) => {
  await withWorker(page)
  const car = carHref(cars.live[0]!), other = carHref(cars.live[1]!)
  await page.goto(car)
  const name = await page.locator('h1').innerText()
  net.isCut = true
  await page.reload()
  await expect(page.locator('h1')).toHaveText(name)
  await expect(page.getByRole('note').first()).toContainText(/No connection\. Prices as of \d+ \w+ \d{4}, \d+:\d\d/)
  await expect(page.locator('main.old img').first()).toHaveCSS('filter', 'grayscale(1)')
  await page.goto('/cars')
  await expect(page.locator('#cars article')).toHaveCount(10)
  await expect(page.getByRole('note').first()).toContainText('No connection')
  await page.goto(other)
  await expect(page.locator('h1')).toContainText(/offline/i)
  await expect(page.getByRole('link', { name })).toBeVisible()
  net.isCut = false
  await page.getByRole('link', { name }).click()
  await expect(page.locator('h1')).toHaveText(name)
  await expect(page.getByRole('note')).toHaveCount(0)
})

test('what the script fetched is there for a reload, too', async ({ page, net }) => {
  await withWorker(page)
  await page.reload()
  await page.locator('#cars article a').nth(5).click()
  await expect(page).toHaveURL(/\/car\//)
  await expect(page.locator('h1')).toBeFocused()
  const name = await page.locator('h1').innerText()
  net.isCut = true
  await page.reload()
  await expect(page.locator('h1')).toHaveText(name)
  await expect(page.locator('header a').first()).toBeVisible()
  await expect(page).toHaveTitle(new RegExp(name.slice(0, 10)))
})

test('a slow network does not keep anybody from what is here', async ({ page, net }) => {
  await withWorker(page)
  await page.reload()
  net.delayMs = 20_000
  await page.reload({ timeout: 10_000 })
  await expect(page.getByRole('note').first()).toContainText('No connection')
})

test('what is kept has bounds, and nothing of leads is in it', async ({ page, cars }) => {
  await withWorker(page)
  await page.reload()
  await page.evaluate(async cars => {
    for (const car of cars) await fetch(`/car/x-${car}`)
    await fetch('/leads/0198c7a0-0000-7000-8000-000000000000').catch(() => {})
  }, cars.live.slice(0, 40))
  await expect.poll(async () => (await kept(page, 'pages')).length).toBe(30)
  expect((await kept(page, 'files')).length).toBeLessThanOrEqual(60)
  for (const name of await page.evaluate(() => caches.keys())) {
    expect((await kept(page, name)).filter(path => path.includes('lead'))).toEqual([])
  }
})

/** A car's page whose worker is at work, and a lead that is sent from there without a network. */
async function leadOffline(page: Page, net: Proxy, car: number, phone: string): Promise<void> {
  await withWorker(page, carHref(car))
  net.isCut = true
  await fillLead(page, phone)
  await sendLead(page)
  await expect(page.locator('main h2:visible')).toHaveText('Your enquiry is not sent yet')
  await expect(page.locator('main')).toContainText('kept on this device')
  net.isCut = false
  net.seen = []
}

const comeOnline = (page: Page) => page.evaluate(() => void dispatchEvent(new Event('online')))
const posts = (net: Proxy) => net.seen.filter(({ method, url }) => method === 'POST' && url === '/leads')
const told = (page: Page) => page.locator('.told')

test('a lead sent without a network is kept, said to be, and delivered once as soon as there is one', async ({ page, net, cars }) => {
  await leadOffline(page, net, cars.live[0]!, '9876543210')
  await comeOnline(page)
  await comeOnline(page)
  await expect(told(page)).toHaveText(/was sent/)
  expect(new URLSearchParams(posts(net)[0]!.body).get('phone')).toBe('9876543210')
  expect(await kept(page, 'leads')).toEqual([])
  await told(page).click()
  await expect(page).toHaveURL(/\/leads\/[\w-]{20,}$/)
  await expect(page.locator('h1')).toHaveText(/^Thank you/)
  await comeOnline(page)
  await page.reload()
  await expect(page.locator('html.js')).toBeAttached()
  await expect(told(page)).toBeHidden()
  expect(posts(net)).toHaveLength(1)
})

test('a lead that no server could take yet stays until one can', async ({ page, net, cars }) => {
  await leadOffline(page, net, cars.live[1]!, '9876543211')
  net.refused = /leads/
  await comeOnline(page)
  await expect.poll(() => posts(net).length).toBeGreaterThan(0)
  await expect(told(page)).toBeHidden()
  expect(await kept(page, 'leads')).toHaveLength(1)
  net.refused = undefined
  // On any page, not only on this one.
  await page.goto('/cars')
  await expect(told(page)).toHaveText(/was sent/)
})

test('a lead that is wrong stays, says so on every page, and can be mended', async ({ page, net, cars }) => {
  await leadOffline(page, net, cars.live[2]!, '12345')
  await comeOnline(page)
  await expect(told(page)).toHaveText(/not taken/)
  await page.goto('/cars')
  await expect(told(page)).toHaveText(/not taken/)
  expect(posts(net)).toHaveLength(1)
  await told(page).click()
  const phone = page.locator('form[action="/leads"] [name="phone"]')
  for (const again of ['12345', '123456']) {
    await expect(phone).toHaveValue(again)
    await expect(phone).toHaveAttribute('aria-invalid', 'true')
    await expect(page.locator('form[action="/leads"] [name="name"]')).toHaveValue('Asha Rao')
    await phone.fill('123456')
    if (again === '12345') await sendLead(page)
  }
  // Mended without a network, it takes the place of the wrong one.
  net.isCut = true
  await phone.fill('98765 43212')
  await sendLead(page)
  await expect(page.locator('main h2:visible')).toHaveText('Your enquiry is not sent yet')
  expect(await kept(page, 'leads')).toHaveLength(1)
  net.isCut = false
  await comeOnline(page)
  await expect(told(page)).toHaveText(/was sent/)
  expect(await kept(page, 'leads')).toEqual([])
})

test('a wrong lead that was mended is not told of again', async ({ page, net, cars }) => {
  await leadOffline(page, net, cars.live[3]!, '12345')
  await comeOnline(page)
  await told(page).click()
  await page.locator('form[action="/leads"] [name="phone"]').fill('98765 43213')
  await sendLead(page)
  await expect(page.locator('h1')).toHaveText(/^Thank you/)
  await page.goto('/cars')
  await expect(page.locator('html.js')).toBeAttached()
  expect(await kept(page, 'leads')).toEqual([])
  await expect(told(page)).toBeHidden()
})

test('without a network nothing is said of leads that are not there', async ({ page, net, cars }) => {
  await withWorker(page)
  net.isCut = true
  await page.goto(carHref(cars.live[5]!))
  await expect(page.locator('h1')).toHaveText('You are offline')
  await expect(page.locator('[data-unsent]')).toBeHidden()
})

test('an old worker gives way to a new one, and what it kept for good goes', async ({ page }) => {
  await withWorker(page)
  await page.evaluate(() => caches.open('0ld0ld'))
  await page.evaluate(async () => {
    await (await navigator.serviceWorker.ready).unregister()
  })
  await withWorker(page)
  await expect.poll(() => page.evaluate(() => caches.keys())).not.toContain('0ld0ld')
})

const hasWorker = (context: BrowserContext, page: Page) => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length > 0)

test('the kill switch ends the worker and removes what it kept', async ({ page, context, net, off }) => {
  await withWorker(page)
  await page.reload()
  net.site = off
  await page.reload()
  // A browser looks for a new worker some seconds after a page.
  await expect.poll(() => hasWorker(context, page), { timeout: 20_000 }).toBe(false)
  await expect.poll(() => page.evaluate(() => caches.keys())).toEqual([])
  await page.reload()
  expect(await hasWorker(context, page)).toBe(false)
  await expect(page.locator('link[rel=manifest]')).toHaveCount(0)
})

test('an offer to install is made only after a wish', async ({ page }) => {
  const install = page.locator('button[data-do=install]')
  await page.goto('/cars')
  await expect(page.locator('html.js')).toBeAttached()
  await page.evaluate(() => {
    const event = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt: () => ((window as any).isAsked = true) })
    dispatchEvent(event)
    ;(window as any).isHeld = event.defaultPrevented
  })
  expect(await page.evaluate(() => (window as any).isHeld)).toBe(true)
  expect(await install.count()).toBe(0)
  await page.locator('#cars article button[data-do=save]').first().click()
  await page.locator('header a[href*="/shortlist"]').click()
  await install.click()
  expect(await page.evaluate(() => (window as any).isAsked)).toBe(true)
  await expect(install).toBeHidden()
})
