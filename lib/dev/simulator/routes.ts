/**
 * What the simulator answers under `/dev/`.
 *
 * | route | does |
 * |---|---|
 * | GET /dev/ | the page |
 * | GET /dev/api/state | {@link State} |
 * | GET /dev/api/events | {@link FeedEvent}s, as Server-Sent Events |
 * | GET /dev/api/messages?chat=ID | {@link ShownMessage}s |
 * | GET /dev/api/commands?chat=ID&user=ID | the menu of commands |
 * | GET /dev/api/updates?id=ID | `{ timeline, calls }` |
 * | GET /dev/api/files?id=FILE_ID | the file |
 * | POST /dev/api/users | `{ first_name, last_name?, username?, language_code? }` to the user |
 * | POST /dev/api/chats | `{ title, kind: group, supergroup or forum, members, topics? }` to the chat |
 * | POST /dev/api/topics | `{ user, chat, name }` to `{ thread }` |
 * | POST /dev/api/acts | {@link Act} to {@link Done} |
 * | POST /dev/api/updates | any update as it is, to `{ update_id }` |
 * | GET /dev/api/phone | {@link PhoneView} |
 * | POST /dev/api/phone | {@link PhoneAct} to {@link PhoneView} |
 * | POST, DELETE /dev/api/faults | `{ fault, times? }`; `?key=`, or all |
 */
import * as z from 'zod'
import { CRASH_POINTS } from '../crash-points.ts'
import { HttpError } from '../../errors.ts'
import { errorAnswer, json } from '../../http/route.ts'
import { addGroup, addUser } from '../telegram/actions.ts'
import { commandMenu } from '../telegram/command-menu.ts'
import { addTopic } from '../telegram/forum.ts'
import { deliverRaw } from '../telegram/membership.ts'
import { METHODS } from '../telegram/methods-table.ts'
import type { World as EmulatedWorld } from '../telegram/world.ts'
import { carryOut } from './acts.ts'
import type { FaultSwitches } from './faults.ts'
import type { Feed } from './feed.ts'
import { requireLocal } from './guard.ts'
import type { Ledger } from './ledger.ts'
import type { Page } from './page-build.ts'
import type { Phone } from './phone.ts'
import { viewWorld } from './view.ts'
import type { Act, PhoneView, State } from './wire.ts'

interface Parts {
  world: EmulatedWorld
  ledger: Ledger
  faults: FaultSwitches
  feed: Feed
  page: Page
  /** Null where there is no test server of MTProto. */
  phone: Phone | null
  tellFaults: () => void
}

type Route = (query: URLSearchParams, body: unknown, request: Request) => unknown

const Profile = z.strictObject({
  id: z.int().positive().optional(),
  first_name: z.string().min(1).max(64),
  last_name: z.string().max(64).optional(),
  username: z
    .string()
    .regex(/^\w{5,32}$/)
    .optional(),
  language_code: z
    .string()
    .regex(/^[a-z]{2}(-\w+)?$/i)
    .optional(),
})
const NewChat = z.strictObject({
  title: z.string().min(1).max(128),
  kind: z.enum(['group', 'supergroup', 'forum']),
  members: z.array(z.int()).min(1),
  topics: z.array(z.string().min(1).max(128)).default([]),
})
const NewTopic = z.strictObject({ user: z.int(), chat: z.int(), name: z.string() })
const NewFault = z.strictObject({ fault: z.string().max(200), times: z.int().positive().optional() })
const NewAct = z.looseObject({ user: z.int(), kind: z.string() })

const NO_PHONE: PhoneView = { accounts: [], logins: [] }

/** @returns the onlooker's `answer` */
export function createRoutes(parts: Parts): (request: Request) => Promise<Response | null> {
  const routes = tableOf(parts)
  return async (request) => {
    const url = new URL(request.url)
    if (url.pathname === '/dev') return new Response(null, { status: 307, headers: { location: '/dev/' } })
    if (!url.pathname.startsWith('/dev/')) return null
    try {
      requireLocal(request)
      if (!url.pathname.startsWith('/dev/api/')) return await parts.page.serve(url.pathname)
      const route = routes[`${request.method} ${url.pathname.slice('/dev/api/'.length)}`]
      if (!route) throw new HttpError(404, 'no_such_route', `There is no ${request.method} ${url.pathname}`)
      const body: unknown = request.method === 'POST' ? await request.json().catch(() => null) : null
      const answer = await route(url.searchParams, body, request)
      return answer instanceof Response ? answer : json(200, answer ?? {})
    } catch (error) {
      return refusal(error)
    }
  }
}

function refusal(error: unknown): Response {
  if (error instanceof HttpError) return errorAnswer(error)
  const message =
    error instanceof z.ZodError
      ? z.prettifyError(error)
      : error instanceof Error
        ? error.message
        : String(error)
  return json(422, { error: { code: 'refused', message } })
}

function tableOf({ world, ledger, faults, feed, phone, tellFaults }: Parts): Record<string, Route> {
  const chatOf = (id: number) => {
    const state = world.chats.get(id)
    if (!state) throw new HttpError(404, 'no_such_chat', `There is no chat ${id}`)
    return state
  }
  const userOf = (id: number) => {
    const user = world.users.get(id)
    if (!user) throw new HttpError(404, 'no_such_user', `There is no user ${id}`)
    return user
  }
  return {
    'GET state': (): State => ({
      world: viewWorld(world),
      faults: faults.list(),
      crashPoints: CRASH_POINTS,
      methods: [...METHODS.keys()],
      timelines: ledger.timelines.all(),
      calls: ledger.calls,
      log: ledger.log,
      store: ledger.store,
    }),
    'GET events': (_query, _body, request) => feed.open(request.signal),
    'GET messages': (query) => ledger.messages(chatOf(Number(query.get('chat'))).chat.id),
    'GET commands': (query) =>
      commandMenu(world, chatOf(Number(query.get('chat'))), userOf(Number(query.get('user')))),
    'GET updates': (query) => {
      const timeline = ledger.timelines.find(Number(query.get('id')))
      if (!timeline) throw new HttpError(404, 'no_such_update', `There is no update ${query.get('id')}`)
      return { timeline, calls: ledger.calls.filter(({ updateId }) => updateId === timeline.updateId) }
    },
    'GET files': (query) => {
      const file = world.files.get(query.get('id') ?? '')
      if (!file) throw new HttpError(404, 'no_such_file', 'There is no such file')
      return fileAnswer(file.bytes, file.mime_type)
    },
    'POST users': (_query, body) => addUser(world, Profile.parse(body)),
    'POST chats': (_query, body) => {
      const { title, kind, members, topics } = NewChat.parse(body)
      const [maker] = members.map(userOf)
      const flags = { supergroup: kind === 'supergroup', forum: kind === 'forum' }
      const chat = addGroup(world, { title, members, ...flags })
      for (const name of topics) if (maker) addTopic(world, maker, chat.id, name)
      return chat
    },
    'POST topics': (_query, body) => {
      const { user, chat, name } = NewTopic.parse(body)
      return addTopic(world, userOf(user), chat, name)
    },
    'POST acts': (_query, body) => carryOut(world, NewAct.parse(body) as unknown as Act),
    'POST updates': (_query, body) => ({ update_id: deliverRaw(world, z.looseObject({}).parse(body)) }),
    'GET phone': () => phone?.view() ?? NO_PHONE,
    'POST phone': (_query, body) => phone?.act(body) ?? NO_PHONE,
    'GET faults': () => faults.list(),
    'POST faults': (_query, body) => {
      const { fault, times } = NewFault.parse(body)
      faults.set(fault, times)
      tellFaults()
      return faults.list()
    },
    'DELETE faults': (query) => {
      faults.clear(query.get('key') ?? undefined)
      tellFaults()
      return faults.list()
    },
  }
}

/** A file that a person or the bot sent: nothing in it may run in this origin. */
function fileAnswer(bytes: Uint8Array, type: string | undefined): Response {
  const isPlayable = /^(image\/(png|jpeg|gif|webp|avif)|(audio|video)\/[\w.+-]+)(;|$)/i.test(type ?? '')
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': isPlayable ? (type ?? '') : 'application/octet-stream',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      ...(isPlayable ? {} : { 'content-disposition': 'attachment' }),
    },
  })
}
