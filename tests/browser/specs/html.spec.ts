// The HTML of every page, as it was sent, and the CSS in it, by the Nu Html Checker: no error, no warning.

import { STATES, openState } from '../lib/states.ts'
import { expect, note, test } from '../lib/test.ts'
import { Vnu } from '../lib/vnu.ts'

// One checker for all: it takes seconds to start.
test.describe.configure({ mode: 'default' })

let vnu: Vnu
test.beforeAll(async () => {
  test.setTimeout(90_000)
  vnu = await Vnu.start()
})
test.afterAll(() => vnu?.stop())

for (const state of STATES.filter(state => !state.scripted)) {
  test(`html: ${state.name}`, async ({ browser, cars }, info) => {
    // Without a script: what a visitor is sent, page by page.
    const context = await browser.newContext({ javaScriptEnabled: false })
    const html = await openState(await context.newPage(), state, cars)
    await context.close()
    const complaints = await vnu.complaints(html)
    note(info, `complaints ${complaints.length} of 0`)
    expect(complaints.join('\n')).toBe('')
  })
}
