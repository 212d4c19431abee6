/** The simulator of a running `npm run dev`, seen from another process. */
import type { Act, Call, Done, SetFault, ShownMessage, State, Timeline } from './wire.ts'

export interface SimulatorClient {
  state(): Promise<State>
  messages(chat: number): Promise<ShownMessage[]>
  act(act: Act): Promise<Done>
  /** Any update as it is. */
  deliver(update: Record<string, unknown>): Promise<{ update_id: number }>
  update(id: number): Promise<{ timeline: Timeline; calls: Call[] }>
  faults(): Promise<SetFault[]>
  setFault(fault: string, times?: number): Promise<SetFault[]>
  /** One by its key, or all. */
  clearFault(key?: string): Promise<SetFault[]>
}

/** Where `npm run dev` listens by default. */
export const defaultUrl = (env: Readonly<Record<string, string | undefined>>): string =>
  `http://127.0.0.1:${env['PORT'] ?? 3000}`

/** @returns a client whose methods throw an Error with a sentence: nothing listens, or it refuses */
export function createSimulatorClient(url: string): SimulatorClient {
  const root = url.replace(/\/+$/, '')

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    let response: Response
    try {
      response = await fetch(`${root}/dev/api/${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      throw new Error(`nothing listens at ${root}; start it with: npm run dev (or name it with --url)`, {
        cause: error,
      })
    }
    const answer: unknown = await response.json().catch(() => null)
    if (response.ok && answer !== null) return answer as T
    const { code, message } = (answer as { error?: { code?: string; message?: string } } | null)?.error ?? {}
    if (code === 'not_found' || answer === null) {
      throw new Error(`what listens at ${root} is no \`npm run dev\` with the simulator`)
    }
    throw new Error(message ?? `the simulator answered ${response.status}`)
  }

  return {
    state: () => ask('GET', 'state'),
    messages: (chat) => ask('GET', `messages?chat=${chat}`),
    act: (act) => ask('POST', 'acts', act),
    deliver: (update) => ask('POST', 'updates', update),
    update: (id) => ask('GET', `updates?id=${id}`),
    faults: () => ask('GET', 'faults'),
    setFault: (fault, times) => ask('POST', 'faults', { fault, ...(times === undefined ? {} : { times }) }),
    clearFault: (key) => ask('DELETE', `faults${key === undefined ? '' : `?key=${encodeURIComponent(key)}`}`),
  }
}
