import { ApiError, badRequest } from '../errors.ts'
import { describeFile, fileMessage, storeFile, type FileKind } from '../files.ts'
import { isUpload, type Params } from '../parameters.ts'
import { formatText } from '../text.ts'
import type { Message } from '../types.ts'
import { newMessage, type StoredFile, type World } from '../world.ts'
import { commonFields, store, writableChat } from './messages.ts'

const MEGABYTE = 1024 * 1024
const MAX_BYTES = { document: 50 * MEGABYTE, voice: 50 * MEGABYTE, photo: 10 * MEGABYTE } as const

function takeFile(world: World, kind: FileKind, value: unknown): StoredFile {
  if (isUpload(value)) {
    if (value.bytes.length === 0) throw badRequest('file must be non-empty')
    if (value.bytes.length > MAX_BYTES[kind]) {
      throw kind === 'photo' ? badRequest('file is too big') : new ApiError(413, 'Request Entity Too Large')
    }
    return storeFile(world, kind, {
      bytes: value.bytes,
      fileName: value.fileName,
      mimeType: kind === 'document' ? value.mimeType : undefined,
    })
  }
  const id = String(value)
  if (id === '') throw badRequest(`there is no ${kind} in the request`)
  const known = world.files.get(id)
  if (known !== undefined) return known
  // Telegram fetches a URL; the emulator has no network.
  if (/^https?:/i.test(id)) throw badRequest('failed to get HTTP URL content')
  throw badRequest('wrong remote file identifier specified: Wrong string length')
}

function send(world: World, kind: FileKind, params: Params): Message {
  const state = writableChat(world, params)
  const { text: caption, entities } = formatText(params, 'caption')
  const common = commonFields(state, params)
  const fields = fileMessage(
    kind,
    takeFile(world, kind, params[kind]),
    (params.duration as number | undefined) ?? 1,
  )
  return store(
    world,
    state,
    newMessage(world, state, world.bot, {
      ...fields,
      ...(caption === '' ? {} : { caption }),
      ...(entities.length > 0 ? { caption_entities: entities } : {}),
      ...common,
    }),
    params,
  )
}

export const sendDocument = (world: World, params: Params): Message => send(world, 'document', params)
export const sendPhoto = (world: World, params: Params): Message => send(world, 'photo', params)
export const sendVoice = (world: World, params: Params): Message => send(world, 'voice', params)

export const getFile = (world: World, params: Params): Record<string, unknown> =>
  describeFile(world, params.file_id as string)
