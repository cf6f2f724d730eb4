// The Nu Html Checker as a process: HTML in, complaints out. It checks the CSS of `<style>` too.

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './port.ts'

const JAR = join(import.meta.dirname, '../node_modules/vnu-jar/build/dist/vnu.jar')
const START_MS = 60_000

type Message = { type: string; subType?: string; message: string; extract?: string }

export class Vnu {
  private readonly child: ChildProcess
  private readonly url: string

  private constructor(child: ChildProcess, port: number) {
    this.child = child
    this.url = `http://127.0.0.1:${port}/?out=json`
  }

  static async start(): Promise<Vnu> {
    const port = await freePort()
    const child = spawn('java', [
      // Its schema needs a deep stack.
      '-Xss4m', '-Xmx512m', '-XX:+UseSerialGC', '-Dnu.validator.servlet.bind-address=127.0.0.1', '-cp', JAR, 'nu.validator.servlet.Main', `${port}`,
    ], { stdio: 'ignore' })
    const vnu = new Vnu(child, port)
    for (const end = Date.now() + START_MS; Date.now() < end; await pause(100)) {
      if (child.exitCode !== null) throw new Error(`vnu ended with ${child.exitCode}`)
      if (await fetch(vnu.url).catch(() => undefined)) return vnu
    }
    vnu.stop()
    throw new Error(`vnu did not start within ${START_MS} ms`)
  }

  /** Errors and warnings; what is merely told (`info` without a subtype) is none. */
  async complaints(html: string): Promise<string[]> {
    const response = await fetch(this.url, { method: 'POST', headers: { 'content-type': 'text/html; charset=utf-8' }, body: html })
    const { messages } = await response.json() as { messages: Message[] }
    return messages
      .filter(({ type, subType }) => type !== 'info' || subType === 'warning')
      .map(({ type, subType, message, extract }) => `${subType ?? type}: ${message} ${extract ? `in ${extract.replace(/\s+/g, ' ')}` : ''}`)
  }

  stop(): void {
    this.child.kill('SIGKILL')
  }
}
